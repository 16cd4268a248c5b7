"""The mail server takes nothing at all: nothing is lost, and somebody should know."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from compliance.reminders.models import Instance


@dataclass(frozen=True)
class Fault:
    """Since when nothing could be handed over, and what the last try met."""

    since: datetime
    reason: str


def transport_fault() -> Fault | None:
    """The mail server's fault, None when the last run could hand mails over."""
    row = Instance.objects.filter(id=1).first()
    if row is None or row.transport_down_since is None:
        return None
    return Fault(row.transport_down_since, row.transport_fault)


def transport_note(fault: str, *, now: datetime) -> None:
    """Keep what stopped a run; '' says that mails could be handed over."""
    rows = Instance.objects.filter(id=1)
    if fault:
        since = Coalesce("transport_down_since", now)
        rows.update(transport_fault=fault[:300], transport_down_since=since)
    else:
        rows.exclude(transport_down_since=None).update(
            transport_fault="", transport_down_since=None
        )
