"""Pages that write drafts: the form with its live count, and deleting one."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.signin.access import roles, signed_in
from compliance.campaigns import services
from compliance.campaigns.forms import CampaignForm
from compliance.campaigns.models import Campaign, CampaignState
from compliance.campaigns.reach import Reach, reach
from ledger.commands import Refusal

DUE_AFTER, CLOSES_AFTER = timedelta(days=21), timedelta(days=35)


@roles("admin", "officer")
def campaign_new(request: HttpRequest) -> HttpResponse:
    """A new draft."""
    return _form_page(request, None)


@roles("admin", "officer")
def campaign_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft once more. Launched campaigns lead back to their page."""
    campaign = get_object_or_404(Campaign.objects.select_related("guide_version__guide"), pk=pk)
    if campaign.state != CampaignState.DRAFT:
        messages.error(request, "This campaign was launched: its audience and dates stand.")
        return redirect("campaign", pk=pk)
    return _form_page(request, campaign)


@roles("admin", "officer")
@require_POST
def campaign_discard(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Delete a draft."""
    campaign = get_object_or_404(Campaign, pk=pk)
    try:
        services.campaign_discard(campaign=campaign)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("campaign", pk=pk)
    messages.success(request, f"The draft “{campaign}” is deleted.")
    return redirect("campaigns")


def _form_page(request: HttpRequest, campaign: Campaign | None) -> HttpResponse:
    counting = "count" in request.POST
    form = CampaignForm(
        request.POST or None, instance=campaign, initial=_beginning(campaign), counting=counting
    )
    if form.is_bound and form.is_valid() and not counting:
        return _saved(request, campaign, form)
    context = {
        "section": "campaigns",
        "form": form,
        "campaign": campaign,
        "reach": _form_reach(form, campaign),
        "counting": counting,
    }
    return render(request, "compliance/campaigns/form.html", context)


def _saved(
    request: HttpRequest, campaign: Campaign | None, form: CampaignForm
) -> HttpResponseRedirect:
    try:
        if campaign is None:
            campaign = services.campaign_create(user=signed_in(request), **form.values())
        else:
            campaign = services.campaign_edit(campaign=campaign, **form.values())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The draft is saved. Nobody is asked before you launch it.")
    return redirect("campaign", pk=campaign.pk) if campaign else redirect("campaigns")


def _form_reach(form: CampaignForm, campaign: Campaign | None) -> Reach | None:
    if form.is_bound:
        form.is_valid()
        counted = form.counted()
    else:
        counted = campaign
    return reach(counted) if counted else None


def _beginning(campaign: Campaign | None) -> dict[str, Any]:
    """What a new draft begins with."""
    if campaign is not None:
        return {}
    today = timezone.localdate()
    return {
        "opens_on": today,
        "due_on": today + DUE_AFTER,
        "closes_on": today + CLOSES_AFTER,
        "reminders": "3, 7, due-2, due, every 5, at most 6",
        "retention_months": 36,
    }
