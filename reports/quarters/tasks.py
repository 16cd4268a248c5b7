"""Periodic work of quarters and standing exports: safe to run twice, late or side by side."""

from celery import shared_task
from django.utils import timezone

from reports.quarters.closing import periods_close
from reports.quarters.keeping import files_clear
from reports.quarters.runs import runs_ask, runs_settle


@shared_task(name="reports.quarters.tasks.look")
def look() -> None:
    """Close what is over, ask for what is owed, and see what became of it."""
    periods_close(now=timezone.now())
    runs_ask(now=timezone.now())
    runs_settle(now=timezone.now())


@shared_task(name="reports.quarters.tasks.clear")
def clear() -> None:
    """Delete the files whose time is over."""
    files_clear(now=timezone.now())
