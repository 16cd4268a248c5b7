"""Reads the uploads that wait; without arguments, for the database says which."""

from celery import shared_task
from django.utils import timezone

from accounts.imports.models import ImportRun
from accounts.imports.services import import_read, imports_expire


@shared_task
def stage_waiting() -> None:
    """Read every waiting upload, the oldest first, and discard what nobody came back for."""
    for run in ImportRun.objects.waiting(timezone.now()):
        import_read(run=run, now=timezone.now())
    imports_expire(now=timezone.now())
