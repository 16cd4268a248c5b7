"""What Celery does for campaigns: the tasks carry no payload, the database is the truth."""

from celery import shared_task
from django.utils import timezone

from compliance.campaigns.services import campaigns_close_ended


@shared_task(name="compliance.campaigns.tasks.lifecycle")
def lifecycle() -> None:
    """Close campaigns whose last day is over; running it twice or late is harmless."""
    campaigns_close_ended(now=timezone.now())
