"""People who are away, in the December after the launch."""

from datetime import UTC, date, datetime

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment
from compliance.reminders.leave_services import leave_record
from compliance.reminders.models import Leave
from tests.factories import NOON


def december(day: int) -> date:
    return date(2026, 12, day)


def away(employee: Employee, starts_on: date, ends_on: date, now: datetime = NOON) -> Leave:
    recorded = leave_record(
        employee=employee, starts_on=starts_on, ends_on=ends_on, user=None, now=now
    )
    return recorded.leave


def due_on(assignment: Assignment) -> date:
    assignment.refresh_from_db()
    return assignment.due_on


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
