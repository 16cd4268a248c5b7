"""Periodic work of the ledger."""

from celery import shared_task
from django.utils import timezone

from ledger.checkpoints import checkpoint_publish


@shared_task(name="ledger.tasks.checkpoint")
def checkpoint() -> None:
    """Sign the ledger as it stands."""
    checkpoint_publish(now=timezone.now())
