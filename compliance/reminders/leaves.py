"""Leave: people who are away get no mails, and more time."""

from datetime import date

from django.db.models import Exists, OuterRef

from compliance.reminders.models import Leave


def on_leave(today: date) -> Exists:
    """For assignments: the person is away on `today`."""
    return Exists(Leave.objects.covering(today).filter(employee=OuterRef("employee")))
