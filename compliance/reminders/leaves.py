"""Leave: people who are away get no mails; what they were owed begins anew when they are back."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.sets import rows_lock
from compliance.campaigns.models import Assignment, AssignmentQuerySet
from compliance.campaigns.withdrawals import UNDER_WAY
from compliance.reminders.calendar import working_days_after, working_days_between
from compliance.reminders.endings import messages_move
from compliance.reminders.leave_days import by_day
from compliance.reminders.models import WAITING, Leave, LeaveQuerySet, Message, State

ON_LEAVE = "on leave"
CHUNK = 1_000
# The first and the last day of a leave.
Span = tuple[date, date]
_DAY = timedelta(days=1)
_LEAVE = ("employee__leaves__starts_on", "employee__leaves__ends_on")


def day_moved_on(country: str, since: date, leave: Span) -> date:
    """From which day reminders count after `leave` (its first and last day): as if its working
    days had not been.
    """
    starts_on, ends_on = leave
    away = working_days_between(country, max(starts_on, since + _DAY), ends_on)
    return working_days_after(country, since, away)


def on_leave(now: datetime) -> Exists:
    """For assignments: the person is away at `now`."""
    return Exists(Leave.objects.covering(now).filter(employee=OuterRef("employee")))


def away_cancel(*, now: datetime) -> int:
    """Cancel what waits for people who are away; the planner owes it again if it is still due."""
    away = Leave.objects.covering(now)
    if not away.exists():
        return 0
    waiting = Message.objects.owed().filter(
        state__in=WAITING, assignment__employee__in=away.values("employee")
    )
    return messages_move(waiting, State.CANCELLED, reason=ON_LEAVE, now=now, skip_locked=True)


def leaves_settle(*, now: datetime) -> int:
    """Move on the days that reminders count from, once for each leave that is over; how many."""
    settled, over = 0, Leave.objects.filter(settled=False, ends_at__lte=now).order_by("pk")
    while over.exists():
        settled += _settle(over)
    return settled


@transaction.atomic
def _settle(over: LeaveQuerySet) -> int:
    some = Leave.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:CHUNK]))
    # Assignments before leaves: the order in which somebody who ends one locks them.
    rows_lock(_counting(some))
    keys = list(over.filter(pk__in=some).select_for_update().values_list("pk", flat=True))
    for day, people in by_day(_days_from(keys)).items():
        Assignment.objects.filter(pk__in=people).update(counts_from=day)
    return Leave.objects.filter(pk__in=keys).update(settled=True)


def _counting(leaves: LeaveQuerySet) -> AssignmentQuerySet:
    """Whose reminders count from a day, and had one of `leaves` meanwhile."""
    return Assignment.objects.open().filter(
        employee__leaves__in=leaves, counts_from__isnull=False, campaign__state__in=UNDER_WAY
    )


def _days_from(leaves: list[int]) -> dict[UUID, date]:
    """From which days reminders count after `leaves`; of two leaves, the earlier one first."""
    people = _counting(Leave.objects.filter(pk__in=leaves)).order_by("employee__leaves__starts_on")
    rows: QuerySet[Assignment, tuple[Any, ...]] = people.values_list(
        "pk", "country", "counts_from", *_LEAVE
    )
    days: dict[UUID, date] = {}
    for key, country, counts_from, starts_on, ends_on in rows:
        days[key] = day_moved_on(country, days.get(key, counts_from), (starts_on, ends_on))
    return days
