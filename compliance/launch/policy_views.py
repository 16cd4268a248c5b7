"""Pages about a campaign's reminders: what they mean, and changing them while it runs."""

from copy import copy
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.signin.access import roles, signed_in
from compliance.campaigns.models import Campaign, CampaignState
from compliance.campaigns.policy import Policy
from compliance.campaigns.policy_words import changes, reading
from compliance.campaigns.services import campaign_change_policy
from compliance.launch.outlooks import campaign_outlook
from compliance.launch.step_forms import PolicyForm
from compliance.launch.step_mails import step_mails
from ledger.commands import Refusal


@roles("admin", "officer", "auditor")
@require_safe
def campaign_reminders(request: HttpRequest, pk: int) -> HttpResponse:
    """The policy in plain words, and every mail of the campaign with its own words."""
    campaign = _campaign(pk)
    context = {
        "section": "campaigns",
        "campaign": campaign,
        "reading": reading(campaign.reminders),
        "mails": step_mails(campaign),
        "decides": signed_in(request).has_role("admin", "officer"),
    }
    return render(request, "compliance/launch/reminders.html", context)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Another policy: shows what it changes first, and changes it when told to."""
    campaign = _campaign(pk)
    if campaign.state == CampaignState.DRAFT:
        return redirect("campaign_edit", pk=pk)
    form = PolicyForm(request.POST or None, campaign=campaign)
    context = {"section": "campaigns", "campaign": campaign, "form": form}
    if form.is_valid():
        if "look" not in request.POST and _changed(request, campaign, form):
            return redirect("campaign_reminders", pk=pk)
        context |= _looked_at(campaign, form.cleaned_data["reminders"], timezone.now())
    return render(request, "compliance/launch/policy.html", context)


def _changed(request: HttpRequest, campaign: Campaign, form: PolicyForm) -> bool:
    try:
        campaign_change_policy(
            campaign=campaign,
            policy=form.cleaned_data["reminders"],
            user=signed_in(request),
            now=timezone.now(),
        )
    except Refusal as refusal:
        for reason in refusal.reasons:
            form.add_error(None, reason)
        return False
    messages.success(request, "The reminders are changed, from today on.")
    return True


def _looked_at(campaign: Campaign, new: Policy, now: datetime) -> dict[str, object]:
    """What `new` would change, and what would go out then."""
    old = campaign.reminders
    then = copy(campaign)
    then.policy = old.edited(new, today=timezone.localdate(now)).to_json()
    return {
        "changes": changes(old, new),
        "reading": reading(new),
        "mails_now": campaign_outlook(campaign, now=now).simulation.total,
        "outlook": campaign_outlook(then, now=now),
    }


def _campaign(pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("guide_version__guide"), pk=pk)
