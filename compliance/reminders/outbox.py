"""Who holds which message: claim the next ones, give back what was not handed over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from compliance.campaigns.models import Campaign
from compliance.reminders.endings import gone_reason, messages_move
from compliance.reminders.fence import claimable, of_campaign
from compliance.reminders.limits import tokens_return, tokens_take
from compliance.reminders.models import WAITING, Message, MessageQuerySet, State
from compliance.reminders.parcels import Parcel, parcels_of
from compliance.reminders.picked import picked_update

BATCH = 500
LEASE = timedelta(minutes=2)


def claim(
    *, owner: UUID, now: datetime, campaign_id: int | None = None, most: int = BATCH
) -> list[Parcel]:
    """Lease the next parcels to `owner`, at most `most`, and as many as the limits allow."""
    with transaction.atomic():
        granted = tokens_take(most, now=now)
        if not granted:
            return []
        next_ones = claimable(now, campaign_id).order_by("next_at")[:granted]
        # Whoever rode with a mail that is over needs their own from here on.
        lease = {"state": State.LEASED, "lease_owner": owner, "lease_until": now + LEASE}
        keys = picked_update(next_ones, skip_locked=True, carried_by=None, **lease)
        tokens_return(granted - len(keys), taken_at=now)
        if not keys:
            return []
        riders = Message.objects.filter(carried_by__in=keys, state__in=WAITING)
        keys += picked_update(riders, skip_locked=True, **lease)
    return parcels_of(_loaded(keys, now))


def refused_settle(messages: Sequence[Message], *, owner: UUID, now: datetime) -> list[State]:
    """After a refused start: cancel what is no longer owed, let the rest wait again.

    Returns the states in which the messages are now.
    """
    keys = [message.pk for message in messages]
    rows = Message.objects.filter(pk__in=keys)
    for message in rows.select_related("assignment__campaign", "assignment__employee"):
        reason = gone_reason(message.assignment)
        if reason:
            mine = rows.filter(pk=message.pk, lease_owner=owner, state=State.LEASED)
            messages_move(mine, State.CANCELLED, reason=reason, now=now)
    release(keys, owner=owner, next_at=now)
    return [State(state) for state in rows.values_list("state", flat=True)]


def release(
    messages: Sequence[UUID], *, owner: UUID, next_at: datetime, state: State = State.LEASED
) -> None:
    """Give back what was not handed over: it waits until `next_at`, as if nothing had been.

    With `state` STARTED it says that the line broke before the server's go-ahead.
    """
    _waiting_again(Message.objects.filter(pk__in=messages, lease_owner=owner, state=state), next_at)


def release_all(*, owner: UUID, next_at: datetime) -> None:
    """Give back whatever `owner` has claimed and not started."""
    leased = Message.objects.filter(lease_until__isnull=False, state=State.LEASED)
    _waiting_again(leased.filter(lease_owner=owner), next_at)


def _waiting_again(rows: MessageQuerySet, next_at: datetime) -> None:
    rows.update(state=State.PENDING, lease_owner=None, lease_until=None, next_at=next_at)


def others_busy(*, now: datetime, campaign_id: int | None = None) -> bool:
    """Whether some run holds claimed messages that it has not handed over yet."""
    leased = Message.objects.filter(state=State.LEASED, lease_until__gte=now)
    return of_campaign(leased, campaign_id).exists()


def any_left(*, now: datetime, campaign_id: int | None = None) -> bool:
    """Whether messages could be claimed now, were it not for the sending limits."""
    return claimable(now, campaign_id).exists()


def _loaded(keys: Sequence[UUID], now: datetime) -> list[Message]:
    """The claimed rows; from the first try on, date and recipient stay what they are."""
    rows = Message.objects.select_related("assignment").only(*_READ)
    messages = list(
        rows.annotate(address=F("assignment__employee__email"))
        .filter(pk__in=keys)
        .order_by("next_at", "pk")
    )
    # Shared by all, so that a guide is parsed once.
    wanted = {message.assignment.campaign_id for message in messages}
    campaigns = Campaign.objects.select_related("guide_version__guide").in_bulk(wanted)
    for message in messages:
        message.assignment.campaign = campaigns[message.assignment.campaign_id]
        message.dated_at = message.dated_at or now
        message.recipient = message.recipient or vars(message)["address"]
    return messages


# What a mail is made of; loading everything takes twice as long.
_READ = (
    "assignment_id", "step", "state", "next_at", "carried_by_id", "attempts",
    "dated_at", "recipient", "lease_owner",
    *(
        f"assignment__{name}"
        for name in (
            "campaign_id", "employee_id", "first_name", "last_name", "country", "time_zone",
            "language", "link_version", "due_on", "counts_from",
        )
    ),
)  # fmt: skip
