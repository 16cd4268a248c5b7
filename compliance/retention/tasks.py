"""What Celery does for retention; without arguments, because the database says what is due."""

from celery import shared_task
from django.utils import timezone

from compliance.retention.running import retention_run


@shared_task(name="compliance.retention.tasks.retention")
def retention() -> None:
    """Erase what is due."""
    retention_run(clock=timezone.now)
