"""Launch with everything checked: the campaign, the people, the links and the mail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.signin.models import User
from compliance.campaigns.audience import audience, exclusions
from compliance.campaigns.models import Campaign, CampaignState
from compliance.campaigns.policy import Step, Wording
from compliance.campaigns.services import campaign_change_policy, campaign_edit, campaign_launch
from compliance.launch.obstacles import launch_obstacles
from ledger.commands import Refusal


def checked_launch(*, campaign: Campaign, user: User | None, now: datetime) -> Campaign:
    """Launch, unless something stands in the way. Raises Refusal with every reason."""
    obstacles_refuse(campaign, now=now)
    return campaign_launch(campaign=campaign, user=user, now=now)


def campaign_announce(*, campaign: Campaign, dry_run: bool, now: datetime) -> dict[str, object]:
    """Create and launch an unsaved `campaign` in one go, or only say what that would do.

    Returns campaign id (None when dry), people in scope, excluded by reason, and mails owed.
    Raises Refusal with every reason; then, and when dry, nothing is written.
    """
    _refuse_invalid(campaign)
    obstacles_refuse(campaign, now=now)
    if dry_run:
        return launch_result(None, audience(campaign).count(), exclusions(campaign))
    with transaction.atomic():
        campaign.save()
        launched = campaign_launch(campaign=campaign, user=None, now=now)
    detail = launched.decisions.get(kind="launched").detail
    return launch_result(launched.pk, detail["in_scope"], detail["excluded"])


def step_reword(
    *,
    campaign: Campaign,
    step: Step,
    wording: Mapping[str, Wording],
    user: User | None,
    now: datetime,
) -> Campaign:
    """Give one step other words, in a draft or in a campaign that runs. Raises Refusal."""
    policy = campaign.reminders.worded(step, wording)
    if campaign.state != CampaignState.DRAFT:
        return campaign_change_policy(campaign=campaign, policy=policy, user=user, now=now)
    problems = list(policy.problems())
    if problems:
        raise Refusal(*problems)
    return campaign_edit(campaign=campaign, policy=policy.to_json())


def launch_result(
    campaign_id: int | None, in_scope: int, excluded: Mapping[str, int]
) -> dict[str, object]:
    """What the command prints; `messages` are the invitations that are owed."""
    return {
        "campaign": campaign_id,
        "in_scope": in_scope,
        "excluded": dict(excluded),
        "messages": in_scope - sum(excluded.values()),
    }


def obstacles_refuse(campaign: Campaign, *, now: datetime) -> None:
    """Raises Refusal with everything that stands in the way of a launch."""
    reasons = launch_obstacles(campaign, now=now)
    if reasons:
        raise Refusal(*reasons)


def _refuse_invalid(campaign: Campaign) -> None:
    """Raises Refusal for texts that are too long, addresses that are none, and the like."""
    try:
        # Empty lists are meant; what an empty legal basis means, the obstacles say.
        campaign.full_clean(exclude={"audience", "policy", "legal_basis"})
    except ValidationError as error:
        raise Refusal(*_sentences(error.message_dict)) from error


def _sentences(problems: Mapping[str, Any]) -> list[str]:
    return [
        f"{name.replace('_', ' ').capitalize()}: {problem}"
        for name, found in problems.items()
        for problem in found
    ]
