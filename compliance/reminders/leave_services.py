"""Writes about leave: recorded, and taken back or ended early."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment
from compliance.campaigns.withdrawals import UNDER_WAY
from compliance.reminders.calendar import day_begins, local_day, working_days_after
from compliance.reminders.leave_days import days_away, due_moves, due_moves_apply
from compliance.reminders.models import Leave
from ledger import journal
from ledger.commands import Refusal
from ledger.models import Event

# Further away than that, a year was mistyped.
LONGEST_BACK, LONGEST_AHEAD = timedelta(days=366), timedelta(days=5 * 366)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recorded:
    """A leave, and the due dates that it moved."""

    leave: Leave
    moves: Sequence[DueMove]


def leave_record(
    *, employee: Employee, starts_on: date, ends_on: date, user: User | None, now: datetime
) -> Recorded:
    """`employee` is away from `starts_on` to `ends_on`, both included. Ends with `leave.recorded`.

    No mails meanwhile, and as many working days more to answer, never past the last day. Raises
    Refusal for days that cannot be meant, a leaver, and days of which some are leave already.
    """
    with transaction.atomic():
        employee = Employee.objects.select_for_update(of=("self",)).get(pk=employee.pk)
        _refuse_days(starts_on, ends_on, local_day(employee.time_zone, now))
        _refuse_in_vain(employee, starts_on, ends_on)
        asked = _asked_lock(employee)
        days = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
        event = _append("leave.recorded", employee, days, user, now)
        leave = Leave.objects.create(
            employee=employee,
            starts_on=starts_on,
            ends_on=ends_on,
            begins_at=day_begins(employee.time_zone, starts_on),
            ends_at=day_begins(employee.time_zone, ends_on + _DAY),
            seq=event.seq,
        )
        moves = [move for assignment in asked for move in _moves(assignment, leave)]
        due_moves_apply(moves)
    return Recorded(leave, moves)


def leave_end(*, leave: Leave, user: User | None, now: datetime) -> Recorded:
    """They are back from today on, or never go. Ends with `leave.ended`.

    Due dates move back by the days that are left of it. Raises Refusal for a leave that is over.
    """
    with transaction.atomic():
        employee = Employee.objects.select_for_update(of=("self",)).get(pk=leave.employee_id)
        leave = Leave.objects.get(pk=leave.pk)
        _refuse_over(leave, now)
        today = local_day(employee.time_zone, now)
        asked = _asked_lock(employee)
        days = {"back_on": max(today, leave.starts_on).isoformat()}
        event = _append("leave.ended", employee, days, user, now, leave=leave.seq)
        found = [_move_back(each, leave, today - _DAY, event.seq) for each in asked]
        moves = [move for move in found if move]
        due_moves_apply(moves)
        _close(leave, today, event.seq, day_begins(employee.time_zone, today))
    return Recorded(leave, moves)


def _moves(assignment: Assignment, leave: Leave) -> Sequence[DueMove]:
    people = Assignment.objects.filter(pk=assignment.pk)
    return list(due_moves(assignment.campaign, people, Leave.objects.filter(pk=leave.pk)))


def _move_back(assignment: Assignment, leave: Leave, last: date, seq: int) -> DueMove | None:
    """Back by what the days after `last` had added; None when that is nothing."""
    move = assignment.due_moves.filter(seq=leave.seq).first()
    if move is None:
        return None
    campaign, country = assignment.campaign, assignment.country
    used = days_away(campaign, country, leave, last)
    kept = min(working_days_after(country, move.before, used), move.after)
    before = assignment.due_on
    after = before - (move.after - kept)
    followed = before == campaign.due_on
    moved = DueMove(assignment=assignment, seq=seq, before=before, after=after, followed=followed)
    return moved if after != before else None


def _close(leave: Leave, today: date, seq: int, midnight: datetime) -> None:
    leave.until_seq = seq
    if leave.starts_on < today:
        # The days that they were away still count.
        leave.ends_on, leave.ends_at = today - _DAY, midnight
    else:
        leave.settled, leave.ends_at = True, leave.begins_at
    leave.save()


def _asked_lock(employee: Employee) -> Sequence[Assignment]:
    """The person's open assignments, locked before the ledger is: an answer locks them first."""
    rows = Assignment.objects.open().filter(employee=employee, campaign__state__in=UNDER_WAY)
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    return list(locked.select_related("campaign"))


def _append(
    kind: str,
    employee: Employee,
    days: Mapping[str, str],
    user: User | None,
    now: datetime,
    **numbers: int,
) -> Event:
    """When somebody was away is nobody's business who reads the ledger: days are committed to."""
    actor, ref = user.ref if user else "command", f"employee:{employee.pk}"
    data = {"committed": journal.commit_values(ref, days), **numbers}
    return journal.append(kind, actor=actor, subject=ref, now=now, data=data)


def _refuse_days(starts_on: date, ends_on: date, today: date) -> None:
    if ends_on < starts_on:
        raise Refusal(f"The leave ends on {ends_on}, before it starts on {starts_on}.")
    if not today - LONGEST_BACK <= starts_on <= ends_on <= today + LONGEST_AHEAD:
        raise Refusal(
            f"From {starts_on} to {ends_on} is too far away from today. Check the years: a leave "
            "may begin up to a year ago and end up to five years ahead."
        )


def _refuse_in_vain(employee: Employee, starts_on: date, ends_on: date) -> None:
    if not employee.active:
        raise Refusal("This person has left the company, and is not asked any more.")
    same = employee.leaves.in_force().filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
    if other := same.order_by("starts_on").first():
        raise Refusal(
            f"There is a leave from {other.starts_on} to {other.ends_on} already. Take it back "
            "first, or record only the other days."
        )


def _refuse_over(leave: Leave, now: datetime) -> None:
    if leave.until_seq is not None:
        raise Refusal("This leave was ended already. Reload the page.")
    if leave.ends_at <= now:
        raise Refusal("This leave is over. It stays on record.")
