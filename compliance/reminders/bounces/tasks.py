"""What Celery does for bounces: a task without payload that says "look now"."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from compliance.reminders.bounces.mailbox import mailbox_read
from ledger.commands import Refusal

# A worker has other work too; the next run goes on where this one stopped.
BUDGET = timedelta(seconds=60)
log = structlog.get_logger(__name__)


@shared_task(name="compliance.reminders.bounces.tasks.collect")
def collect() -> None:
    """Read what is new in the bounce mailbox, if there is one."""
    if not settings.BOUNCE_IMAP_URL:
        return
    try:
        tally = mailbox_read(clock=timezone.now, budget=BUDGET)
    except Refusal as refusal:
        log.warning("bounces_not_read", reasons=list(refusal.reasons))
        return
    if tally.read:
        log.info("bounces_read", **{**tally.kinds, "malformed": tally.malformed})
