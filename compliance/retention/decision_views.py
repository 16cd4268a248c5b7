"""Pages that decide: erase somebody, place a legal hold, lift it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from accounts.directory.models import Employee
from accounts.signin.access import roles, signed_in
from compliance.campaigns.forgetting import erased_name
from compliance.campaigns.models import Campaign, CampaignState
from compliance.retention.forms import EraseForm, HoldForm
from compliance.retention.holds import hold_lift, hold_place, hold_words, holds_on_person
from compliance.retention.models import Erasure, LegalHold, Reason
from compliance.retention.services import employee_erase
from ledger.commands import Refusal


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def person_erase(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Says what goes, asks why, and erases on a POST."""
    employee = get_object_or_404(Employee, pk=pk)
    form = EraseForm(request.POST or None)
    if form.is_valid() and (erasure := _erased(request, employee, form)):
        return redirect("erasure_certificate", run=erasure.run)
    holds = holds_on_person(employee, timezone.localdate()).select_related("campaign")
    asked = employee.assignments.select_related("campaign").order_by("-campaign_id")
    context = {
        "section": "people",
        "person": employee,
        "form": form,
        "assignments": asked,
        "open": any(one.status in {"open", "need_help", "undeliverable"} for one in asked),
        "refused": [hold_words(hold) for hold in holds],
    }
    return render(request, "compliance/retention/erase.html", context)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def person_hold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep one person's records."""
    employee = get_object_or_404(Employee, pk=pk)
    return _hold_page(request, employee.name, reverse("person", args=[pk]), employee=employee)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a whole campaign's records."""
    campaign = get_object_or_404(Campaign.objects.exclude(state=CampaignState.DRAFT), pk=pk)
    return _hold_page(request, campaign.name, reverse("campaign", args=[pk]), campaign=campaign)


@roles("admin", "officer")
@require_POST
def hold_end(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Lift a hold."""
    hold = get_object_or_404(LegalHold, pk=pk)
    try:
        hold_lift(hold=hold, user=signed_in(request), now=timezone.now())
        messages.success(request, "The legal hold is lifted. Retention goes on.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("retention")


def _erased(request: HttpRequest, employee: Employee, form: EraseForm) -> Erasure | None:
    reason = Reason(form.cleaned_data["reason"])
    try:
        erasure = employee_erase(
            employee=employee, user=signed_in(request), reason=reason, now=timezone.now()
        )
    except Refusal as refusal:
        for said in refusal.reasons:
            form.add_error(None, said)
        return None
    name = erased_name(erasure.first)
    messages.success(request, f"Erased: in every campaign they are “{name}” now.")
    return erasure


def _hold_page(
    request: HttpRequest,
    name: str,
    back: str,
    *,
    employee: Employee | None = None,
    campaign: Campaign | None = None,
) -> HttpResponse:
    form = HoldForm(request.POST or None)
    if form.is_valid() and _held(request, form, employee, campaign):
        return redirect("retention")
    context = {
        "section": "people" if employee else "campaigns",
        "name": name,
        "back": back,
        "form": form,
        "person": employee,
        "campaign": campaign,
    }
    return render(request, "compliance/retention/hold.html", context)


def _held(
    request: HttpRequest, form: HoldForm, employee: Employee | None, campaign: Campaign | None
) -> bool:
    try:
        hold = hold_place(
            employee=employee,
            campaign=campaign,
            user=signed_in(request),
            now=timezone.now(),
            **form.cleaned_data,
        )
    except Refusal as refusal:
        for said in refusal.reasons:
            form.add_error(None, said)
        return False
    until = date_format(hold.until, "j M Y")
    messages.success(request, f"Under legal hold up to {until}: nothing is erased.")
    return True
