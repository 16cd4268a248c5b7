"""Writes: a campaign is drafted, launched, paused, resumed, extended and closed."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.imports.models import DirectoryVersion
from accounts.signin.models import User
from compliance.campaigns.audience import audience_freeze, frozen_exclusions
from compliance.campaigns.due_dates import due_dates_move, due_moves_record
from compliance.campaigns.models import Campaign, CampaignState, Decision
from compliance.campaigns.obstacles import campaign_obstacles
from compliance.campaigns.parameters import launch_parameters, policy_parameters
from compliance.campaigns.policy import MOST_ROUNDS, Policy
from compliance.campaigns.population import population_digest
from compliance.campaigns.signals import (
    asking_stopped,
    campaign_launched,
    campaign_resuming,
    policy_changed,
)
from ledger import journal
from ledger.checkpoints import Occasion, checkpoint_after_commit
from ledger.commands import Refusal

COMMAND = "command"
RUNNING, PAUSED, CLOSED = CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.CLOSED


def campaign_create(*, user: User | None, **fields: Any) -> Campaign:
    """A draft: nobody is asked before it is launched."""
    return Campaign.objects.create(created_by=user, **fields)


def campaign_edit(*, campaign: Campaign, **fields: Any) -> Campaign:
    """Change a draft. Raises Refusal once it was launched."""
    with transaction.atomic():
        draft = _locked(campaign)
        if draft.state != CampaignState.DRAFT:
            raise Refusal(f"“{draft}” was launched: its wording, audience and dates stand.")
        for name, value in fields.items():
            setattr(draft, name, value)
        draft.save()
    return draft


def campaign_discard(*, campaign: Campaign) -> None:
    """Delete a draft. Raises Refusal once it was launched."""
    deleted, _ = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.DRAFT).delete()
    if not deleted:
        raise Refusal(f"“{campaign}” was launched and stays on record. You can close it.")


def campaign_launch(*, campaign: Campaign, user: User | None, now: datetime) -> Campaign:
    """Freeze the audience and begin, in one transaction. Raises Refusal with every reason.

    Of two launches one wins: the conditional UPDATE of the state decides.
    """
    with transaction.atomic():
        directory = DirectoryVersion.current()
        campaign = _move(campaign, (CampaignState.DRAFT,), RUNNING, launched_at=now)
        _refuse_obstacles(campaign, now)
        detail = _freeze(campaign)
        _refuse_moved(directory)
        campaign_launched.send(sender=Campaign, campaign=campaign, now=now)
        decision = _decide(campaign, "launched", user=user, now=now, detail=detail)
        campaign.launched_seq = decision.seq
        campaign.save(update_fields=["launched_seq"])
    return campaign


def campaign_pause(
    *,
    campaign: Campaign,
    user: User | None,
    now: datetime,
    reason: str = "",
    facts: Mapping[str, object] = MappingProxyType({}),
) -> Campaign:
    """Nothing is sent until it is resumed; answers are still taken. Raises Refusal.

    Without a user and with a `reason` (a code) Optrail itself pauses it, for the `facts`.
    """
    with transaction.atomic():
        campaign = _move(campaign, (RUNNING,), PAUSED, paused_on=timezone.localdate(now))
        asking_stopped.send(
            sender=Campaign, assignments=campaign.assignments.all(), reason="paused", now=now
        )
        detail = {"reason": reason, **facts} if reason else {}
        actor = journal.SYSTEM if reason else COMMAND
        _decide(campaign, "paused", user=user, now=now, detail=detail, actor=actor)
    return campaign


def campaign_resume(*, campaign: Campaign, user: User | None, now: datetime) -> Campaign:
    """Send again, with every date moved on by the time of the pause. Raises Refusal."""
    with transaction.atomic():
        campaign = _move(campaign, (PAUSED,), RUNNING)
        campaign_resuming.send(sender=Campaign, campaign=campaign, now=now)
        campaign.paused_on = None
        campaign.save(update_fields=["due_on", "closes_on", "paused_on"])
        decision = _decide(campaign, "resumed", user=user, now=now, detail=_days(campaign))
        due_moves_record(seq=decision.seq)
    return campaign


def campaign_close(*, campaign: Campaign, user: User | None, now: datetime) -> Campaign:
    """Take no more answers and send nothing more, for good. Raises Refusal."""
    return _close(campaign, user=user, now=now)


def campaigns_close_ended(*, now: datetime) -> int:
    """Close every running campaign whose last day is over; returns how many.

    The last day of a paused one moves on with the pause.
    """
    ended = Campaign.objects.filter(state=RUNNING, closes_on__lt=timezone.localdate(now))
    return sum(_close_if_still_open(campaign, now) for campaign in ended)


def campaign_extend(
    *, campaign: Campaign, due_on: date, closes_on: date, user: User | None, now: datetime
) -> Campaign:
    """Give people more time, each as much. Raises Refusal for one that is over and earlier days.

    Reminders around the new due date are new ones.
    """
    with transaction.atomic():
        campaign = _locked(campaign)
        _refuse_extension(campaign, due_on, closes_on, timezone.localdate(now))
        days = (due_on - campaign.due_on).days
        campaign.due_on, campaign.closes_on = due_on, closes_on
        campaign.due_round = min(campaign.due_round + bool(days), MOST_ROUNDS)
        campaign.due_since = timezone.localdate(now) if days else campaign.due_since
        campaign.save(update_fields=["due_on", "closes_on", "due_round", "due_since"])
        due_dates_move(campaign=campaign, days=days)
        decision = _decide(campaign, "extended", user=user, now=now, detail=_days(campaign))
        due_moves_record(seq=decision.seq)
    return campaign


def campaign_change_policy(
    *, campaign: Campaign, policy: Policy, user: User | None, now: datetime
) -> Campaign:
    """Remind by another policy, or in other words, from today on. Raises Refusal.

    Nobody gets a mail for days before today, and what waits of a removed step is cancelled.
    """
    with transaction.atomic():
        campaign = _locked(campaign)
        old = campaign.reminders
        new = old.edited(policy, today=timezone.localdate(now))
        _refuse_policy(campaign, old, new)
        campaign.policy = new.to_json()
        campaign.save(update_fields=["policy"])
        policy_changed.send(
            sender=Campaign, campaign=campaign, removed=_removed(campaign, old, new), now=now
        )
        _decide(campaign, "policy", user=user, now=now, detail=policy_parameters(campaign, old))
    return campaign


def _removed(campaign: Campaign, old: Policy, new: Policy) -> set[int]:
    """The codes that no step has any more."""
    before, after = (
        {occasion.code for occasion in policy.occasions(due_round=campaign.due_round)}
        for policy in (old, new)
    )
    return before - after


def _days(campaign: Campaign) -> dict[str, object]:
    """The days that a decision has moved, as the ledger may hold them."""
    return {"due_on": campaign.due_on.isoformat(), "closes_on": campaign.closes_on.isoformat()}


def _freeze(campaign: Campaign) -> dict[str, object]:
    audience_freeze(campaign)
    in_scope, root = population_digest(campaign)
    excluded = frozen_exclusions(campaign)
    if in_scope == sum(excluded.values()):
        raise Refusal("Nobody in scope would be asked. Widen the audience, or ask everywhere.")
    return {
        **launch_parameters(campaign),
        "in_scope": in_scope,
        "excluded": excluded,
        "population": root.hex(),
    }


def _close(
    campaign: Campaign, *, user: User | None, now: datetime, actor: str = COMMAND
) -> Campaign:
    with transaction.atomic():
        campaign = _move(campaign, (RUNNING, PAUSED), CLOSED, closed_at=now)
        asking_stopped.send(
            sender=Campaign, assignments=campaign.assignments.all(), reason="closed", now=now
        )
        _decide(campaign, "closed", user=user, now=now, actor=actor)
        checkpoint_after_commit(now=now, occasion=Occasion.CLOSE)
    return campaign


def _close_if_still_open(campaign: Campaign, now: datetime) -> bool:
    try:
        _close(campaign, user=None, now=now, actor=journal.SYSTEM)
    except Refusal:  # somebody else was faster
        return False
    return True


def _move(
    campaign: Campaign, sources: tuple[CampaignState, ...], target: CampaignState, **fields: Any
) -> Campaign:
    """The one winner's row, as the database has it now. Raises Refusal for everyone else."""
    rows = Campaign.objects.filter(pk=campaign.pk, state__in=sources)
    won = rows.update(state=target, **fields)
    current = Campaign.objects.select_related("guide_version__guide").get(pk=campaign.pk)
    if not won:
        raise Refusal(
            f"“{current}” is {current.get_state_display().lower()} by now. Reload the page."
        )
    return current


def _decide(
    campaign: Campaign,
    kind: str,
    *,
    user: User | None,
    now: datetime,
    detail: Mapping[str, object] = MappingProxyType({}),
    actor: str = COMMAND,
) -> Decision:
    """Write a decision down, in the ledger first: by `user`, or without one by `actor`."""
    event = journal.append(
        f"campaign.{kind}",
        actor=user.ref if user else actor,
        subject=campaign.ref,
        now=now,
        data=detail,
    )
    return Decision.objects.create(
        campaign=campaign, seq=event.seq, kind=kind, at=now, user=user, detail=dict(detail)
    )


def _refuse_obstacles(campaign: Campaign, now: datetime) -> None:
    reasons = campaign_obstacles(campaign, today=timezone.localdate(now))
    if reasons:
        raise Refusal(*reasons)


def _refuse_moved(directory: int) -> None:
    # An import that commits between freeze and launch would leave people behind whom nobody
    # withdraws. Locked after the freeze and not before it, because imports lock people first.
    if DirectoryVersion.objects.select_for_update().get(id=1).version != directory:
        raise Refusal("People were imported at this moment. Launch again, with them.")


def _refuse_extension(campaign: Campaign, due_on: date, closes_on: date, today: date) -> None:
    if campaign.state not in (RUNNING, PAUSED):
        raise Refusal(
            f"“{campaign}” is {campaign.get_state_display().lower()}: only a running or paused "
            "campaign can be extended."
        )
    reasons = []
    if due_on < campaign.due_on or closes_on < campaign.closes_on:
        reasons.append(
            f"People were told {campaign.due_on} and {campaign.closes_on}: "
            "choose these or later days."
        )
    if (due_on, closes_on) == (campaign.due_on, campaign.closes_on):
        reasons.append("Nothing would change. Choose a later due date or a later last day.")
    if closes_on < due_on:
        reasons.append("The last day for answers must not be before the due date.")
    if closes_on < today:
        reasons.append("The last day for answers must not be in the past.")
    if reasons:
        raise Refusal(*reasons)


def _refuse_policy(campaign: Campaign, old: Policy, new: Policy) -> None:
    if campaign.state not in (RUNNING, PAUSED):
        raise Refusal(
            f"“{campaign}” is {campaign.get_state_display().lower()}: only a running or paused "
            "campaign's reminders can be changed."
        )
    reasons = list(new.problems())
    if new.to_json() == old.to_json():
        reasons.append("Nothing would change. Write other steps, another limit or other words.")
    if reasons:
        raise Refusal(*reasons)


def _locked(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
