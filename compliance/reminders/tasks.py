"""What Celery does for reminders: tasks without payload that say "look now"."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from compliance.reminders.outbox import others_busy
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump as pump_run
from compliance.reminders.seal import outcomes_seal
from compliance.reminders.transports import configured

# A worker has other work too; the next run goes on where this one stopped.
BUDGET = timedelta(seconds=30)


@shared_task(name="compliance.reminders.tasks.plan")
def plan() -> None:
    """Insert the messages that are due."""
    reminders_plan(now=timezone.now())


@shared_task(name="compliance.reminders.tasks.pump")
def pump() -> None:
    """Hand over what is due, unless another run is at it."""
    if configured() and not others_busy(now=timezone.now()):
        pump_run(clock=timezone.now, budget=BUDGET)


@shared_task(name="compliance.reminders.tasks.seal")
def seal() -> None:
    """Seal what became of the mails."""
    outcomes_seal(now=timezone.now())
