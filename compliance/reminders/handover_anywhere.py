"""START and ending through the ORM, within a transaction: one writer at a time (SQLite)."""

from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, Q, When

from compliance.campaigns.models import Assignment
from compliance.campaigns.policy import INVITATION
from compliance.reminders.endings import mailed_note
from compliance.reminders.fence import startable
from compliance.reminders.models import UNDER_WAY, Message, Outcome, State
from compliance.reminders.picked import picked_update
from compliance.reminders.verdicts import Ending


def start(key: UUID, carrier: Message, *, owner: UUID, now: datetime, until: datetime) -> bool:
    """START message `key` in the mail of `carrier`; its row decides."""
    started = picked_update(
        startable(key, owner=owner, now=now),
        state=State.STARTED,
        lease_until=until,
        dated_at=carrier.dated_at,
        recipient=carrier.recipient,
    )
    return bool(started)


def finish(ending: Ending, *, owner: UUID) -> bool:
    """Write an ending down, for each message that nobody else has decided about."""
    messages = _finished(ending, owner)
    carrier = ending.parcel.carrier
    Outcome.objects.bulk_create(
        Outcome(
            message=message,
            attempt=message.attempts,
            state=ending.state,
            at=ending.at,
            code=ending.code,
            answer=ending.answer,
            recipient=carrier.recipient,
        )
        for message in messages
    )
    _assignments_note(messages, ending)
    return bool(messages)


def _finished(ending: Ending, owner: UUID) -> list[Message]:
    under_way = Q(state__in=UNDER_WAY)
    if ending.definite:
        under_way |= Q(state=State.UNCERTAIN)
    mine = Message.objects.filter(under_way, pk__in=ending.parcel.keys, lease_owner=owner)
    keys = list(mine.values_list("pk", flat=True))
    rows = Message.objects.filter(pk__in=keys)
    rows.update(
        attempts=Case(When(state=State.UNCERTAIN, then=F("attempts")), default=F("attempts") + 1),
        state=ending.state,
        state_at=ending.at,
        next_at=ending.next_at,
        reason=ending.answer,
        dated_at=ending.parcel.carrier.dated_at,
        recipient=ending.parcel.carrier.recipient,
        lease_owner=None,
        lease_until=None,
    )
    return list(rows)


def _assignments_note(messages: list[Message], ending: Ending) -> None:
    if ending.left:
        for message in messages:
            invitation = message.step == INVITATION
            mailed_note([message.assignment_id], invitation=invitation, now=ending.at)
    elif ending.state == State.REJECTED:
        keys = [message.assignment_id for message in messages]
        Assignment.objects.filter(pk__in=keys).update(undeliverable=True)
