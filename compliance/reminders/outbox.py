"""One message from hand to hand: claim, start, finish, release. The database is the truth."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from compliance.campaigns.models import Assignment
from compliance.campaigns.policy import INVITATION
from compliance.reminders.endings import gone_reason, mailed_note, messages_move
from compliance.reminders.models import (
    UNDER_WAY,
    Message,
    MessageQuerySet,
    Outcome,
    State,
)
from compliance.reminders.picked import picked_update
from compliance.reminders.rate import allowance
from compliance.reminders.transports.line import Reply

BATCH = 50
LEASE = timedelta(minutes=2)
# RFC 5321 lets a server think ten minutes after DATA; after fifteen nobody is waiting any more.
START_LEASE = timedelta(minutes=15)
# A server that puts a mail off is asked again after these waits, the last of them repeated …
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720))
# … until so long after the first try.
GIVE_UP_AFTER = timedelta(days=4)


@dataclass(frozen=True)
class Verdict:
    """What one try came to."""

    state: State
    code: int = 0
    answer: str = ""


def claim(*, owner: UUID, now: datetime, campaign_id: int | None = None) -> list[Message]:
    """Lease the next messages to `owner`, as many as the sending rate allows."""
    with transaction.atomic():
        limit = min(BATCH, allowance(now=now))
        if not limit:
            return []
        keys = picked_update(
            _claimable(now, campaign_id).order_by("next_at")[:limit],
            skip_locked=True,
            state=State.LEASED,
            lease_owner=owner,
            lease_until=now + LEASE,
        )
    return _loaded(keys, now)


def start(message: Message, *, owner: UUID, now: datetime) -> bool:
    """The fence before DATA: True when `message` may be handed over now, and nobody else may.

    One conditional UPDATE; its row count decides. A cancellation and a start wait for each other.
    """
    mine = Message.objects.filter(
        pk=message.pk, state=State.LEASED, lease_owner=owner, lease_until__gt=now
    )
    with transaction.atomic():
        started = picked_update(
            mine.permitted(now),
            state=State.STARTED,
            lease_until=now + START_LEASE,
            dated_at=message.dated_at,
            recipient=message.recipient,
        )
    return bool(started)


def finish(message: Message, reply: Reply, *, owner: UUID, now: datetime) -> State | None:
    """Write down what a try came to; None when the lease was over and others decided."""
    verdict = _verdict(message, reply, now)
    with transaction.atomic():
        _commit_without_waiting()
        if verdict.state == State.REJECTED:
            # Assignments before messages: the order in which an answer locks them.
            Assignment.objects.select_for_update().get(pk=message.assignment_id)
        if not _finished(message, verdict, owner, now):
            return None
        _outcome_write(message, verdict, now)
        _assignment_note(message, verdict.state, now)
    return verdict.state


def refused_settle(message: Message, *, owner: UUID, now: datetime) -> State:
    """After a refused start: cancel what is no longer owed, let the rest wait again.

    Returns the state in which the message is now.
    """
    current = Message.objects.select_related("assignment__campaign", "assignment__employee")
    reason = gone_reason(current.get(pk=message.pk).assignment)
    if reason:
        mine = Message.objects.filter(pk=message.pk, lease_owner=owner, state=State.LEASED)
        messages_move(mine, State.CANCELLED, reason=reason, now=now)
    release([message.pk], owner=owner, next_at=now)
    return State(Message.objects.values_list("state", flat=True).get(pk=message.pk))


def release(
    messages: Sequence[UUID], *, owner: UUID, next_at: datetime, state: State = State.LEASED
) -> None:
    """Give back what was not handed over: it waits until `next_at`, as if nothing had been.

    With `state` STARTED it says that the line broke before the server's go-ahead.
    """
    rows = Message.objects.filter(pk__in=messages, lease_owner=owner, state=state)
    rows.update(state=State.PENDING, lease_owner=None, lease_until=None, next_at=next_at)


def others_busy(*, now: datetime, campaign_id: int | None = None) -> bool:
    """Whether some run holds claimed messages that it has not handed over yet."""
    leased = Message.objects.filter(state=State.LEASED, lease_until__gte=now)
    return of_campaign(leased, campaign_id).exists()


def any_left(*, now: datetime, campaign_id: int | None = None) -> bool:
    """Whether messages could be claimed now, were it not for the sending rate."""
    return _claimable(now, campaign_id).exists()


def of_campaign(rows: MessageQuerySet, campaign_id: int | None) -> MessageQuerySet:
    """`rows`, or those of one campaign."""
    return rows if campaign_id is None else rows.filter(assignment__campaign=campaign_id)


def _claimable(now: datetime, campaign_id: int | None) -> MessageQuerySet:
    within_hours = Q(leave_by=None) | Q(leave_by__gt=now)
    rows = Message.objects.waiting(now).permitted(now).filter(within_hours)
    return of_campaign(rows, campaign_id)


def _loaded(keys: Sequence[UUID], now: datetime) -> list[Message]:
    """The claimed rows; from the first try on, date and recipient stay what they are."""
    rows = Message.objects.select_related("assignment__employee")
    # Prefetched, because then all share one guide version, which is parsed once.
    shared = rows.prefetch_related("assignment__campaign__guide_version")
    messages = list(shared.filter(pk__in=keys).order_by("next_at", "pk"))
    for message in messages:
        message.dated_at = message.dated_at or now
        message.recipient = message.recipient or message.assignment.employee.email
    return messages


def _verdict(message: Message, reply: Reply, now: datetime) -> Verdict:
    answer = _scrubbed(reply.text, message.recipient)
    if reply.state != State.DEFERRED:
        return Verdict(reply.state, reply.code, answer)
    first_try = message.dated_at or now
    if now - first_try >= GIVE_UP_AFTER:
        given_up = f"gave up after {GIVE_UP_AFTER.days} days: {answer}"
        return Verdict(State.REJECTED, reply.code, given_up)
    return Verdict(State.DEFERRED, reply.code, answer)


def _scrubbed(answer: str, recipient: str) -> str:
    """Servers repeat the address; here it stands in a column of its own, which can be erased."""
    text = " ".join(answer.split())
    if not recipient:
        return text
    return re.sub(re.escape(recipient), "<address>", text, flags=re.IGNORECASE)


def _commit_without_waiting() -> None:
    """The next start waits for the disk and takes this along: one flush a message, not two.

    A server that dies in between has lost one answer: that message becomes uncertain.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")


def _finished(message: Message, verdict: Verdict, owner: UUID, now: datetime) -> int:
    mine = Message.objects.filter(pk=message.pk, lease_owner=owner, state__in=UNDER_WAY)
    wait = WAITS[min(message.attempts, len(WAITS) - 1)]
    return mine.update(
        state=verdict.state,
        state_at=now,
        next_at=now + wait if verdict.state == State.DEFERRED else None,
        reason=verdict.answer[:300],
        attempts=message.attempts + 1,
        dated_at=message.dated_at,
        recipient=message.recipient,
        lease_owner=None,
        lease_until=None,
    )


def _outcome_write(message: Message, verdict: Verdict, now: datetime) -> None:
    Outcome.objects.create(
        message=message,
        attempt=message.attempts + 1,
        state=verdict.state,
        at=now,
        code=verdict.code,
        answer=verdict.answer[:300],
        recipient=message.recipient,
    )


def _assignment_note(message: Message, state: State, now: datetime) -> None:
    if state in (State.ACCEPTED, State.UNCERTAIN):
        mailed_note([message.assignment_id], invitation=message.step == INVITATION, now=now)
    elif state == State.REJECTED:
        Assignment.objects.filter(pk=message.assignment_id).update(undeliverable=True)
