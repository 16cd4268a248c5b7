"""Pages of exports: ask for one, watch it being made, download it."""

from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.signin.access import roles, signed_in
from compliance.campaigns.models import Campaign
from ledger.commands import Refusal
from ledger.keys import key_id, public_key
from reports.datasets.options import Options
from reports.evidence.bundle import VERIFY_PATH
from reports.forms import ExportForm, options_in_words
from reports.models import Export, Run
from reports.services import export_download as download
from reports.services import export_repeat as repeat_export
from reports.services import export_request as request_export
from reports.storage import sha256_of

_EVERYBODY = ("admin", "officer", "auditor")
_PAGE = 50
_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
    ".csv": "text/csv; charset=utf-8",
}


@require_safe
@roles(*_EVERYBODY)
def exports(request: HttpRequest) -> HttpResponse:
    """Every export, newest first, and the form for a new one."""
    return _list(request, ExportForm(initial={"campaign": request.GET.get("campaign")}))


@require_POST
@roles(*_EVERYBODY)
def export_request(request: HttpRequest) -> HttpResponse:
    """Ask for one."""
    form = ExportForm(request.POST)
    if form.is_valid():
        try:
            export = request_export(
                user=signed_in(request), now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, list(refusal.reasons))
        else:
            return redirect("export", export.pk)
    return _list(request, form, status=400)


@require_safe
@roles(*_EVERYBODY)
def export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """One export: how far it is, or what it holds."""
    rows = Export.objects.select_related("campaign", "requested_by", "run__closing")
    export = get_object_or_404(rows, pk=export_id)
    context = {
        "section": "exports",
        "export": export,
        "options": list(options_in_words(Options.from_json(export.options))),
    }
    return render(request, "reports/exports/export.html", context)


@require_POST
@roles(*_EVERYBODY)
def export_again(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Ask for the same once more."""
    row = get_object_or_404(Export.objects.select_related("campaign"), pk=export_id)
    try:
        again = repeat_export(export=row, user=signed_in(request), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("export", row.pk)
    return redirect("export", again.pk)


@require_POST
@roles(*_EVERYBODY)
def export_download(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The file; a POST, because each download is written down."""
    row = get_object_or_404(Export.objects.select_related("campaign"), pk=export_id)
    try:
        file = download(export=row, user=signed_in(request), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("export", row.pk)
    kind = _TYPES[Path(row.file_name).suffix]
    return FileResponse(file, as_attachment=True, filename=row.file_name, content_type=kind)


@require_safe
@roles(*_EVERYBODY)
def verifier(_request: HttpRequest) -> FileResponse:
    """The program that checks a bundle, on its own."""
    file = VERIFY_PATH.open("rb")
    return FileResponse(file, as_attachment=True, content_type="text/x-python; charset=utf-8")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _list(request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    rows = Export.objects.select_related("campaign", "requested_by", "run__closing")
    if last := _uuid(request.GET.get("before", "")):
        rows = rows.before(get_object_or_404(Export, pk=last))
    page = list(rows[: _PAGE + 1])
    context = {
        "section": "exports",
        "form": form,
        "launched": Campaign.objects.exclude(launched_seq=None).exists(),
        "exports": page[:_PAGE],
        "given_up": Run.objects.given_up().with_all(),
        "key_id": key_id(public_key()),
        "verifier_sha256": sha256_of(VERIFY_PATH),
        "next_url": f"?before={page[_PAGE - 1].pk}" if len(page) > _PAGE else "",
    }
    return render(request, "reports/exports/list.html", context, status=status)
