"""Leave: people who are away get no mails, and more time."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from compliance.reminders.models import Leave


def on_leave(now: datetime) -> Exists:
    """For assignments: the person is away at `now`."""
    return Exists(Leave.objects.covering(now).filter(employee=OuterRef("employee")))
