"""The pages of an import: upload, preview, columns, apply, result."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.directory.models import Employee
from accounts.directory.paging import keyset_page
from accounts.directory.people import uuid_in
from accounts.entra.config import connected
from accounts.imports import previews, services
from accounts.imports.forms import ApplyForm, ColumnsForm, UploadForm
from accounts.imports.matching import missing_people
from accounts.imports.models import ImportRun, Outcome, RunState
from accounts.imports.remarks import remarks_csv
from accounts.signin.access import roles, signed_in
from ledger.commands import Refusal

# Larger files are read by the worker while the officer's page waits; this much takes seconds.
READ_AT_ONCE = 1024 * 1024
RUNS_SHOWN = 100
_LINE_DIGITS = 9


@roles("admin", "officer", "auditor")
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """The latest imports."""
    runs = ImportRun.objects.select_related("created_by").order_by("-created_at", "id")
    shown = list(runs[: RUNS_SHOWN + 1])
    context = {
        "connected": connected(),
        "runs": shown[:RUNS_SHOWN],
        "more": len(shown) > RUNS_SHOWN,
        "section": "people",
    }
    return render(request, "accounts/imports/list.html", context)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def import_upload_page(request: HttpRequest) -> HttpResponse:
    """Takes the file; a small one is read at once."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, now = form.cleaned_data["file"], timezone.now()
        run = services.import_upload(file=file, name=file.name, user=signed_in(request), now=now)
        return _read(run)
    return render(request, "accounts/imports/upload.html", {"form": form, "section": "people"})


@roles("admin", "officer", "auditor")
@require_safe
def import_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where the import stands: waiting, columns to choose, preview, result or refusal."""
    run = get_object_or_404(ImportRun.objects.select_related("created_by"), pk=pk)
    mappable = run.state in (RunState.PREVIEWED, RunState.UNMAPPED) and not run.from_entra
    form = ColumnsForm(run) if mappable else None
    return _show(request, run, form)


@roles("admin", "officer")
@require_POST
def import_columns(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Takes the officer's choice of columns and reads the file again."""
    run = get_object_or_404(ImportRun, pk=pk)
    form = ColumnsForm(run, request.POST)
    if not form.is_valid():
        return _show(request, run, form, status=400)
    try:
        services.import_map(run=run, fields=form.chosen())
    except Refusal as refusal:
        return _back(request, run, refusal)
    return _read(run)


@roles("admin", "officer")
@require_POST
def import_again(_request: HttpRequest, pk: UUID) -> HttpResponse:
    """Makes the preview anew, from the directory as it is now."""
    return _read(get_object_or_404(ImportRun, pk=pk))


@roles("admin", "officer")
@require_POST
def import_apply_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Applies the preview, as the officer confirmed it."""
    run = get_object_or_404(ImportRun, pk=pk)
    form = ApplyForm(request.POST)
    form.full_clean()
    actor = f"user:{signed_in(request).pk}"
    try:
        services.import_apply(run=run, actor=actor, now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        return _back(request, run, refusal)
    messages.success(request, "The import was applied.")
    return redirect("import", pk=pk)


@roles("admin", "officer")
@require_POST
def import_discard_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Throws the import away."""
    run = get_object_or_404(ImportRun, pk=pk)
    try:
        services.import_discard(run=run)
    except Refusal as refusal:
        return _back(request, run, refusal)
    messages.success(request, "The import was discarded; nothing was changed.")
    return redirect("imports")


@roles("admin", "officer", "auditor")
@require_safe
def import_remarks(_request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Errors and notes as CSV."""
    run = get_object_or_404(ImportRun, pk=pk)
    response = StreamingHttpResponse(remarks_csv(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}.csv"'
    return response


def _read(run: ImportRun) -> HttpResponse:
    """Read the file now, or leave it to the worker when it is large."""
    if run.file_size <= READ_AT_ONCE:
        services.import_read(run=run, now=timezone.now())
    else:
        services.import_queue(run=run)
    return redirect("import", pk=run.pk)


def _back(request: HttpRequest, run: ImportRun, refusal: Refusal) -> HttpResponse:
    messages.error(request, str(refusal))
    return redirect("import", pk=run.pk)


def _show(
    request: HttpRequest, run: ImportRun, form: ColumnsForm | None, status: int = 200
) -> HttpResponse:
    tabs = previews.sections(run)
    codes = [tab.code for tab in tabs]
    show = request.GET.get("show", "")
    show = show if show in codes else next(iter(codes), "")
    context = {"run": run, "tabs": tabs, "show": show, "form": form, "section": "people"}
    context |= _missing(request, run) if show == previews.MISSING else _rows(request, run, show)
    context["missing_label"] = previews.missing_label(run)
    context["may_change"] = signed_in(request).role != "auditor"
    return render(request, "accounts/imports/run.html", context, status=status)


def _rows(request: HttpRequest, run: ImportRun, show: str) -> dict[str, Any]:
    after, before = _number(request, "after"), _number(request, "before")
    page = previews.rows_page(run, show, after=after, before=before)
    found = previews.changes(page.rows) if show == Outcome.CHANGED else {}
    return {
        "rows": [(row, found.get(row.person_id, [])) for row in page.rows],
        "previous_url": _url(run, show, before=page.before),
        "next_url": _url(run, show, after=page.after),
    }


def _missing(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    after, before = uuid_in(request.GET, "after"), uuid_in(request.GET, "before")
    page = keyset_page(missing_people(run), after=after, before=before)
    people: list[Employee] = page.rows
    return {
        "people": people,
        "previous_url": _url(run, previews.MISSING, before=page.before),
        "next_url": _url(run, previews.MISSING, after=page.after),
    }


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _LINE_DIGITS else 0


def _url(run: ImportRun, show: str, **cursor: object) -> str:
    """The address of another page of a section; "" when there is none."""
    places = {name: str(value) for name, value in cursor.items() if value}
    return (
        f"{reverse('import', args=[run.pk])}?{urlencode({'show': show, **places})}"
        if places
        else ""
    )
