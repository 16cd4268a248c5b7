"""Who holds which message: claim the next ones, give back what was not handed over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from compliance.reminders import claim_postgresql
from compliance.reminders.endings import gone_reason, messages_move
from compliance.reminders.fence import claimable, of_campaign
from compliance.reminders.limits import tokens_return, tokens_take
from compliance.reminders.loaded import Row, messages_of, rows_of
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
        granted = tokens_take(most, now=now, leave_codes=True)
        if not granted:
            return []
        rows = _leased(owner, now, campaign_id, granted)
        tokens_return(granted - len(rows), taken_at=now)
        rows += _riders_leased([row[0] for row in rows], owner, now)
    return parcels_of(messages_of(rows, now)) if rows else []


def _leased(owner: UUID, now: datetime, campaign_id: int | None, most: int) -> list[Row]:
    if connection.vendor == "postgresql":
        return claim_postgresql.lease(
            owner=owner, now=now, until=now + LEASE, campaign_id=campaign_id, most=most
        )
    next_ones = claimable(now, campaign_id).order_by("next_at")[:most]
    # Whoever rode with a mail that is over needs their own from here on.
    return rows_of(
        picked_update(next_ones, skip_locked=True, carried_by=None, **_lease(owner, now))
    )


def _riders_leased(carriers: Sequence[UUID], owner: UUID, now: datetime) -> list[Row]:
    """What travels in the mails of `carriers`, unless somebody holds it."""
    if connection.vendor == "postgresql" and not claim_postgresql.any_riders(carriers):
        return []
    riders = Message.objects.filter(carried_by__in=carriers, state__in=WAITING)
    return rows_of(picked_update(riders, skip_locked=True, **_lease(owner, now)))


def _lease(owner: UUID, now: datetime) -> dict[str, Any]:
    return {"state": State.LEASED, "lease_owner": owner, "lease_until": now + LEASE}


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
    leased = Message.objects.held().filter(lease_owner=owner, state=State.LEASED)
    _waiting_again(leased, next_at)


def _waiting_again(rows: MessageQuerySet, next_at: datetime) -> None:
    rows.update(state=State.PENDING, lease_owner=None, lease_until=None, next_at=next_at)


def others_busy(*, now: datetime, campaign_id: int | None = None) -> bool:
    """Whether some run holds claimed messages that it has not handed over yet."""
    leased = Message.objects.held().filter(state=State.LEASED, lease_until__gte=now)
    return of_campaign(leased, campaign_id).exists()


def any_left(*, now: datetime, campaign_id: int | None = None) -> bool:
    """Whether messages could be claimed now, were it not for the sending limits."""
    return claimable(now, campaign_id).exists()
