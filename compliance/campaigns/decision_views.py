"""Buttons of a launched campaign: pause, resume, close, extend; and revoking one link."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signin.access import roles, signed_in
from compliance.campaigns import services
from compliance.campaigns.forms import ExtendForm
from compliance.campaigns.links import link_revoke
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.progress import totals
from compliance.campaigns.showing import answers_show
from ledger.commands import Refusal

_DAY = "D j M Y"


@roles("admin", "officer")
@require_POST
def campaign_pause(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Send nothing until it is resumed."""
    said = "Paused: nothing is sent until you resume it. Answers are still taken."
    return _decided(request, pk, services.campaign_pause, said)


@roles("admin", "officer")
@require_POST
def campaign_resume(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Send again, with every day moved on by the pause."""
    said = "Resumed: the due date is {due} now, the last day for answers {closes}."
    return _decided(request, pk, services.campaign_resume, said)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first, because it is for good; a POST closes."""
    if request.method == "POST":
        said = "Closed: no more answers are taken, and nothing more is sent."
        return _decided(request, pk, services.campaign_close, said)
    campaign = get_object_or_404(Campaign, pk=pk)
    context = {"section": "campaigns", "campaign": campaign, "totals": totals(campaign)}
    return render(request, "compliance/campaigns/close.html", context)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Later days."""
    campaign = get_object_or_404(Campaign, pk=pk)
    days = {"due_on": campaign.due_on, "closes_on": campaign.closes_on}
    form = ExtendForm(request.POST or None, initial=days)
    if form.is_valid() and _extended(request, campaign, form):
        return redirect("campaign", pk=pk)
    context = {"section": "campaigns", "campaign": campaign, "form": form}
    return render(request, "compliance/campaigns/extend.html", context)


@roles("admin", "officer")
@require_POST
def assignment_revoke(request: HttpRequest, pk: UUID) -> HttpResponseRedirect:
    """End every link that one person was given in one campaign."""
    assignment = get_object_or_404(Assignment, pk=pk)
    try:
        link_revoke(assignment=assignment, user=signed_in(request), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The link is revoked. The next mail carries a new one.")
    return redirect("assignment", pk=pk)


@roles("admin", "officer", "auditor")
@require_POST
def assignment_show(request: HttpRequest, pk: UUID) -> HttpResponseRedirect:
    """Show what one person said; a POST, because each look is written down."""
    assignment = get_object_or_404(Assignment.objects.select_related("campaign"), pk=pk)
    user, now = signed_in(request), timezone.now()
    answers_show(assignment=assignment, user=user, session=request.session, now=now)
    return redirect("assignment", pk=pk)


def _decided(
    request: HttpRequest, pk: int, service: Callable[..., Campaign], said: str
) -> HttpResponseRedirect:
    campaign = get_object_or_404(Campaign, pk=pk)
    try:
        campaign = service(campaign=campaign, user=signed_in(request), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        due, closes = (date_format(day, _DAY) for day in (campaign.due_on, campaign.closes_on))
        messages.success(request, said.format(due=due, closes=closes))
    return redirect("campaign", pk=pk)


def _extended(request: HttpRequest, campaign: Campaign, form: ExtendForm) -> bool:
    try:
        services.campaign_extend(
            campaign=campaign, user=signed_in(request), now=timezone.now(), **form.cleaned_data
        )
    except Refusal as refusal:
        for reason in refusal.reasons:
            form.add_error(None, reason)
        return False
    messages.success(request, "People have more time. Mails from now on name the new day.")
    return True
