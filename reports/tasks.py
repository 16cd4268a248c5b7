"""Periodic work of reports."""

from celery import shared_task
from django.utils import timezone

from reports.building import exports_build_waiting


@shared_task(name="reports.tasks.build_waiting")
def build_waiting() -> None:
    """Make what was asked for."""
    exports_build_waiting(clock=timezone.now)
