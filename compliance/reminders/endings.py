"""Many messages change state at once: cancelled, lapsed, owed again; each change is on record."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import DateField, F, Q, Value
from django.db.models.functions import Coalesce

from accounts.sets import rows_lock
from compliance.campaigns.models import Assignment, CampaignState
from compliance.campaigns.policy import INVITATION
from compliance.reminders.calendar import local_day
from compliance.reminders.models import (
    WAITING,
    Message,
    MessageQuerySet,
    Outcome,
    State,
)
from compliance.reminders.picked import picked_update

# So many rows are locked and written down at a time: memory stays flat, locks stay short.
CHUNK = 5_000
CANCELLABLE = (*WAITING, State.LEASED)

SUPERSEDED = "superseded"
POLICY_CHANGED = "policy changed"
ANSWERED, LEFT, CLOSED = "answered", "left", "closed"
BACK = "asked again"
LINE_UNKNOWN = "the program ended between handing it over and hearing the server's answer"


def messages_move(
    rows: MessageQuerySet, state: State, *, reason: str, now: datetime, skip_locked: bool = False
) -> int:
    """Move `rows` to `state`, each with an outcome that says why; returns how many.

    `rows` must not match any more once they are moved.
    """
    moved = 0
    while chunk := _chunk_move(rows, state, reason, now, skip_locked=skip_locked):
        moved += len(chunk)
    return moved


def stale_cancel(*, now: datetime) -> int:
    """Cancel what was planned while its reason went away (an answer in the same instant, say)."""
    waiting = Message.objects.owed().filter(state__in=WAITING)
    return sum(
        messages_move(
            waiting.filter(gone), State.CANCELLED, reason=reason, now=now, skip_locked=True
        )
        for reason, gone in _GONE.items()
    )


def gone_reason(assignment: Assignment) -> str:
    """Why `assignment` (with its campaign and employee) gets no mails for good, or ''."""
    reasons = {
        ANSWERED: assignment.closed_at is not None,
        LEFT: assignment.withdrawn or not (assignment.employee and assignment.employee.active),
        CLOSED: assignment.campaign.state == CampaignState.CLOSED,
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def lapsed_settle(*, now: datetime) -> int:
    """Settle what a run that died left behind; returns how many messages are uncertain now.

    Only claimed: nothing was sent, it waits again. Started: it may have been sent, so it is
    never sent again by itself.
    """
    lapsed = Message.objects.held().filter(lease_until__lt=now)
    with transaction.atomic():
        picked_update(
            lapsed.filter(state=State.LEASED),
            skip_locked=True,
            state=State.PENDING,
            lease_owner=None,
            lease_until=None,
        )
    started = lapsed.filter(state=State.STARTED)
    with transaction.atomic():
        # Assignments before messages: the order in which an answer, or a late finish, locks them.
        rows_lock(Assignment.objects.filter(pk__in=started.values("assignment")))
        return messages_move(
            started, State.UNCERTAIN, reason=LINE_UNKNOWN, now=now, skip_locked=True
        )


def mailed_note(assignments: Sequence[UUID], *, invitation: bool, now: datetime) -> None:
    """Note that a mail left `assignments`, or may have, on each person's day of `now`."""
    people = Assignment.objects.filter(pk__in=assignments)
    for zone in set(people.values_list("time_zone", flat=True)):
        day = Value(local_day(zone, now), output_field=DateField())
        first = ("invited_on", "counts_from") if invitation else ()
        invited = {name: Coalesce(name, day) for name in first}
        people.filter(time_zone=zone).update(mailed_on=day, **invited)


_GONE = {
    ANSWERED: Q(assignment__closed_at__isnull=False),
    LEFT: Q(assignment__withdrawn=True),
    CLOSED: Q(assignment__campaign__state=CampaignState.CLOSED),
}


def _chunk_move(
    rows: MessageQuerySet, state: State, reason: str, now: datetime, *, skip_locked: bool
) -> list[UUID]:
    next_at = now if state == State.PENDING else None
    values = {"state": state, "state_at": now, "next_at": next_at, "reason": reason}
    if state in (State.CANCELLED, State.PENDING):
        values["carried_by"] = None
    if state != State.UNCERTAIN:  # the run that started it may still hear what became of it
        values["lease_owner"] = None
    with transaction.atomic():
        moved = picked_update(rows[:CHUNK], skip_locked=skip_locked, lease_until=None, **values)
        if state == State.UNCERTAIN:
            _tries_note(moved, now)
        if state == State.CANCELLED:
            _riders_free(moved)
        if state == State.PENDING:
            _begin_anew(moved)
        Outcome.objects.bulk_create(_outcomes(moved, state, reason, now), batch_size=1_000)
    return moved


def _riders_free(carriers: Sequence[UUID]) -> None:
    """Whoever would have travelled with a mail that is cancelled needs their own."""
    riders = Message.objects.filter(carried_by__in=carriers, state__in=CANCELLABLE)
    riders.update(carried_by=None)


def _begin_anew(messages: Sequence[UUID]) -> None:
    """Nobody took it, so it goes to the address of today, under the date of today.

    What perhaps arrived once stays the same mail for good.
    """
    tried = Message.objects.filter(pk__in=messages, dated_at__isnull=False)
    tried.exclude(outcomes__state=State.UNCERTAIN).update(dated_at=None, recipient="")


def _tries_note(messages: Sequence[UUID], now: datetime) -> None:
    tried = Message.objects.filter(pk__in=messages)
    tried.update(attempts=F("attempts") + 1)
    keys = dict(tried.values_list("assignment_id", "step"))
    for invitation in (True, False):
        assignments = [key for key, step in keys.items() if (step == INVITATION) is invitation]
        mailed_note(assignments, invitation=invitation, now=now)


def _outcomes(messages: Sequence[UUID], state: State, reason: str, now: datetime) -> list[Outcome]:
    """A lapsed hand-over was a try; every other ending here is an end without one."""
    tried = state == State.UNCERTAIN
    rows = Message.objects.filter(pk__in=messages).values_list("pk", "attempts", "recipient")
    return [
        Outcome(
            message_id=key,
            attempt=attempts if tried else 0,
            state=state,
            at=now,
            answer=reason,
            recipient=recipient if tried else "",
        )
        for key, attempts, recipient in rows
    ]
