"""What Celery does for notices: tasks without payload that say "look now"."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from compliance.notices.directory import directory_plan
from compliance.notices.plan import alerts_plan, digests_plan, summaries_plan
from compliance.notices.post import notices_send
from ledger.commands import Refusal

# A worker has other work too; the next run goes on where this one stopped.
BUDGET, BUDGET_URGENT = timedelta(seconds=30), timedelta(seconds=10)
log = structlog.get_logger(__name__)


@shared_task(name="compliance.notices.tasks.plan")
def plan() -> None:
    """Owe the digests and summaries of this week."""
    digests_plan(now=timezone.now())
    summaries_plan(now=timezone.now())


@shared_task(name="compliance.notices.tasks.send")
def send() -> None:
    """Tell of campaigns that Optrail paused and of people who do not arrive, and hand over."""
    alerts_plan(now=timezone.now())
    directory_plan(now=timezone.now())
    _send(BUDGET)


@shared_task(name="compliance.notices.tasks.send_urgent")
def send_urgent() -> None:
    """Hand over what somebody sits and waits for, before anything else."""
    _send(BUDGET_URGENT, urgent=True)


def _send(budget: timedelta, *, urgent: bool = False) -> None:
    try:
        counts = notices_send(clock=timezone.now, budget=budget, urgent=urgent)
    except Refusal as refusal:
        log.warning("notices_not_sent", reasons=list(refusal.reasons))
        return
    if counts:
        log.info("notices_sent", **counts)
