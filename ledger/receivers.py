"""What the ledger does when it has grown."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from ledger.checkpoints import publish_or_log
from ledger.signals import milestone_crossed


@receiver(milestone_crossed)
def checkpoint_at_milestone(now: datetime, **_signal: Any) -> None:
    """Sign with every 10,000 events, whatever the hour."""
    publish_or_log(now=now)
