"""What Celery does for Microsoft: a task without payload that says "look now"."""

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.entra.config import connected
from accounts.entra.recheck import IN_ORDER, UNCLEAR, accounts_recheck

log = structlog.get_logger(__name__)


@shared_task(name="accounts.entra.tasks.recheck")
def recheck() -> None:
    """Ask Microsoft about everybody who is signed in by it."""
    if not connected():
        return
    counts = accounts_recheck(now=timezone.now())
    if set(counts) - {IN_ORDER, UNCLEAR}:
        log.info("entra_sessions_ended", **counts)
