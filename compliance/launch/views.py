"""The pages around a launch: what it would do, a test mail, and the launch itself."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.signin.access import roles, signed_in
from compliance.campaigns.models import Campaign, CampaignState
from compliance.campaigns.policy_words import reading
from compliance.launch.preflight import preflight
from compliance.launch.sample import sample_company_make
from compliance.launch.services import checked_launch
from compliance.reminders.services import test_mail_send
from compliance.reminders.transports import configured
from ledger.commands import Refusal


@roles("admin", "officer")
@require_safe
def campaign_preflight(request: HttpRequest, pk: int) -> HttpResponse:
    """Every obstacle, and what will happen; launched campaigns lead to their progress."""
    campaign = _campaign(pk)
    if campaign.state != CampaignState.DRAFT:
        return redirect("campaign", pk=pk)
    context = {
        "section": "campaigns",
        "campaign": campaign,
        "reading": reading(campaign.reminders),
        "preflight": preflight(campaign, now=timezone.now()),
        "transport": _transport_label(),
    }
    return render(request, "compliance/launch/preflight.html", context)


@roles("admin", "officer")
@require_POST
def campaign_launch(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Freeze the audience and begin."""
    try:
        campaign = checked_launch(
            campaign=_campaign(pk), user=signed_in(request), now=timezone.now()
        )
    except Refusal as refusal:
        _say(request, refusal)
        return redirect("campaign_preflight", pk=pk)
    asked = campaign.assignments.asked().count()
    messages.success(
        request, f"Launched: {asked:,} {'person is' if asked == 1 else 'people are'} asked."
    )
    return redirect("campaign", pk=pk)


@roles("admin", "officer")
@require_POST
def campaign_test_mail(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Send the invitation to whoever is signed in, through the real mail server."""
    user = signed_in(request)
    try:
        answer = test_mail_send(campaign=_campaign(pk), to=user.email, now=timezone.now())
    except Refusal as refusal:
        _say(request, refusal)
    else:
        messages.success(request, f"The mail server took the test mail to you: {answer}")
    return redirect("campaign_preflight", pk=pk)


@roles("admin", "officer")
@require_POST
def sample_company(request: HttpRequest) -> HttpResponseRedirect:
    """Fill a local installation with the sample company; elsewhere there is no such page."""
    if not settings.LOCAL:
        raise Http404
    try:
        campaign = sample_company_make(user=signed_in(request), now=timezone.now())
    except Refusal as refusal:
        _say(request, refusal)
        return redirect("home")
    messages.success(request, "The sample company is in, and its first campaign is on its way.")
    return redirect("campaign", pk=campaign.pk)


def _campaign(pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("guide_version__guide"), pk=pk)


def _transport_label() -> str:
    try:
        transport = configured()
    except Refusal:
        return ""
    return transport.label if transport else ""


def _say(request: HttpRequest, refusal: Refusal) -> None:
    for reason in refusal.reasons:
        messages.error(request, reason)
