"""Who holds which message: claim the next ones, give back what was not handed over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.base import ModelState

from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders import claim_postgresql
from compliance.reminders.endings import gone_reason, messages_move
from compliance.reminders.fence import claimable, of_campaign
from compliance.reminders.limits import tokens_return, tokens_take
from compliance.reminders.models import WAITING, Message, MessageQuerySet, State
from compliance.reminders.parcels import Parcel, parcels_of
from compliance.reminders.picked import picked_update

M = TypeVar("M", bound=Model)
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
        keys = _leased(owner, now, campaign_id, granted)
        tokens_return(granted - len(keys), taken_at=now)
        riders = Message.objects.filter(carried_by__in=keys, state__in=WAITING)
        if keys and riders.exists():
            keys += picked_update(riders, skip_locked=True, **_lease(owner, now))
    return parcels_of(_loaded(keys, now)) if keys else []


def _leased(owner: UUID, now: datetime, campaign_id: int | None, most: int) -> list[UUID]:
    if connection.vendor == "postgresql":
        return claim_postgresql.lease(
            owner=owner, now=now, until=now + LEASE, campaign_id=campaign_id, most=most
        )
    next_ones = claimable(now, campaign_id).order_by("next_at")[:most]
    # Whoever rode with a mail that is over needs their own from here on.
    return picked_update(next_ones, skip_locked=True, carried_by=None, **_lease(owner, now))


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
    read = Message.objects.filter(pk__in=keys).order_by("next_at", "pk")
    of_person = [f"assignment__{name}" for name in (*_OF_PERSON, "employee__email")]
    rows = list(read.values_list(*_OF_MESSAGE, *of_person))
    # Shared by all, so that a guide is parsed once.
    wanted = {row[_CAMPAIGN] for row in rows}
    campaigns = Campaign.objects.select_related("guide_version__guide").in_bulk(wanted)
    return [_message(row, campaigns[row[_CAMPAIGN]], now) for row in rows]


def _message(row: Sequence[Any], campaign: Campaign, now: datetime) -> Message:
    message = _instance(Message, _OF_MESSAGE, row)
    assignment = _instance(Assignment, _OF_PERSON, row[len(_OF_MESSAGE) :])
    assignment._state.fields_cache["campaign"] = campaign
    message._state.fields_cache["assignment"] = assignment
    message.dated_at = message.dated_at or now
    message.recipient = message.recipient or row[-1]
    return message


def _instance(model: type[M], names: Sequence[str], values: Sequence[Any]) -> M:
    """As Django makes it of a row, without asking of each column of the table whether it was read.

    That took a tenth of the time of a mail. What was not read is read when somebody asks for it.
    """
    row = model.__new__(model)
    row.__dict__.update(zip(names, values, strict=False))
    row._state = ModelState()
    row._state.adding, row._state.db = False, connection.alias
    return row


# What a mail is made of; reading everything takes twice as long.
_OF_MESSAGE = (
    "id", "assignment_id", "step", "state", "next_at", "carried_by_id", "attempts",
    "dated_at", "recipient", "lease_owner",
)  # fmt: skip
_OF_PERSON = (
    "id", "campaign_id", "employee_id", "first_name", "last_name", "country", "time_zone",
    "language", "link_version", "due_on", "counts_from",
)  # fmt: skip
_CAMPAIGN = len(_OF_MESSAGE) + _OF_PERSON.index("campaign_id")
