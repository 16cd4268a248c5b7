"""Periodic work of the ledger."""

from celery import shared_task
from django.utils import timezone

from ledger.checkpoints import publish_or_log
from ledger.copies import copies_write


@shared_task(name="ledger.tasks.checkpoint")
def checkpoint() -> None:
    """Sign the ledger as it stands, and copy what could not be copied before."""
    publish_or_log(now=timezone.now())
    copies_write()
