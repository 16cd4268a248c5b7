"""The pages of standing exports: order one, see its files, change and stop it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signin.access import roles, signed_in
from compliance.reminders.calendar import company_day
from ledger.commands import Refusal
from reports.quarters.forms import StandingForm
from reports.quarters.models import Run, StandingExport
from reports.quarters.periods import period_of
from reports.quarters.rule import rule_now
from reports.quarters.standing import standing_change, standing_create, standing_stop
from reports.quarters.views import OFFICERS, READERS

_RUNS = 100


@require_safe
@roles(*READERS)
def standing_exports(request: HttpRequest) -> HttpResponse:
    """Every standing export: those that go on before those that were stopped."""
    rows = StandingExport.objects.select_related("owner").prefetch_related("campaigns")
    context = {
        "section": "exports",
        "tab": "standing",
        "given_up": Run.objects.given_up().with_all(),
        "active": rows.active(),
        "stopped": rows.exclude(stopped_at=None),
        "may_order": signed_in(request).has_role(*OFFICERS),
    }
    return render(request, "reports/quarters/standing_list.html", context)


@require_safe
@roles(*READERS)
def standing_export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One standing export and its latest files."""
    standing = _found(pk)
    user, now = signed_in(request), timezone.now()
    context = {
        "section": "exports",
        "standing": standing,
        "runs": standing.runs.with_all()[:_RUNS],
        "next_day": period_of(standing.every, company_day(now), rule_now().first_month).last,
        "may_repeat": user.has_role(*OFFICERS),
        "may_stop": user.has_role(*OFFICERS) and not standing.stopped_at,
        "may_change": user == standing.owner and not standing.stopped_at,
    }
    return render(request, "reports/quarters/standing.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*OFFICERS)
def standing_new(request: HttpRequest) -> HttpResponse:
    """Orders one."""
    form = StandingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        standing = standing_create(user=signed_in(request), now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Ordered. The first one comes when the period now is over.")
        return redirect("standing_export", standing.pk)
    context = {"section": "exports", "form": form}
    return render(request, "reports/quarters/standing_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*OFFICERS)
def standing_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Changes one, for its owner."""
    standing = _found(pk)
    form = StandingForm(request.POST or None, instance=standing)
    if request.method == "POST" and form.is_valid():
        try:
            standing_change(
                standing=standing, user=signed_in(request), now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, list(refusal.reasons))
        else:
            messages.success(request, "Changed, from the next period on.")
            return redirect("standing_export", pk)
    context = {"section": "exports", "form": form, "standing": _found(pk)}
    return render(request, "reports/quarters/standing_form.html", context)


@require_POST
@roles(*OFFICERS)
def standing_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stops one."""
    try:
        standing_stop(standing=_found(pk), user=signed_in(request), now=timezone.now())
        messages.success(request, "Stopped. What was made stays as long as it would have.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("standing_export", pk)


def _found(pk: UUID) -> StandingExport:
    return get_object_or_404(StandingExport.objects.select_related("owner"), pk=pk)
