"""What Celery does for reminders: tasks without payload that say "look now"."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from compliance.reminders.breaker import breaker_check
from compliance.reminders.outbox import others_busy
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump as pump_run
from compliance.reminders.pump import utc_now
from compliance.reminders.seal import outcomes_seal
from compliance.reminders.transports import configured
from ledger.commands import Refusal

# A worker has other work too; the next run goes on where this one stopped.
BUDGET = timedelta(seconds=30)
log = structlog.get_logger(__name__)


@shared_task(name="compliance.reminders.tasks.plan")
def plan() -> None:
    """Insert the messages that are due."""
    reminders_plan(now=timezone.now())


@shared_task(name="compliance.reminders.tasks.pump")
def pump() -> None:
    """Hand over what is due, unless another run is at it."""
    try:
        if not configured() or others_busy(now=timezone.now()):
            return
        report = pump_run(clock=utc_now, budget=BUDGET)
    except Refusal as refusal:
        log.warning("mail_refused", reasons=list(refusal.reasons))
        return
    if report.stopped:
        log.warning("mail_stopped", reason=report.stopped)


@shared_task(name="compliance.reminders.tasks.breaker")
def breaker() -> None:
    """Pause campaigns whose mails are refused; the pump looks too, unless it was killed."""
    for campaign in breaker_check(now=timezone.now()):
        log.warning("campaign_paused", campaign=campaign.pk, reason="transport")


@shared_task(name="compliance.reminders.tasks.seal")
def seal() -> None:
    """Seal what became of the mails."""
    outcomes_seal(now=timezone.now())
