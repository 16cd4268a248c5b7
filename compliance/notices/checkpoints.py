"""Checkpoints of the ledger, mailed to whoever keeps them: at most one a day, and at each end."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from compliance.notices.letters import letter_write
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.writers import Addressed, UnwantedError, writer_register
from compliance.reminders.calendar import local_day
from ledger.checkpoints import Occasion
from ledger.models import Checkpoint
from ledger.notes import checkpoint_note
from ledger.signals import checkpoint_published

_TEMPLATE = "compliance/notices/checkpoint"


@receiver(checkpoint_published)
def checkpoint_owe(
    checkpoint: Checkpoint, occasion: Occasion, now: datetime, **_signal: Any
) -> None:
    """Owe the mail of a checkpoint; a routine one only when none was owed today."""
    today = local_day("", now)
    owed = Notice.objects.filter(kind=NoticeKind.CHECKPOINT, period=today)
    if not settings.CHECKPOINT_MAIL or (occasion == Occasion.ROUTINE and owed.exists()):
        return
    Notice.objects.create(
        kind=NoticeKind.CHECKPOINT,
        addressee="keeper",
        about=f"checkpoint:{checkpoint.size}",
        period=today,
        planned_at=now,
        next_at=now,
    )


def checkpoint_write(notice: Notice, _now: datetime) -> Addressed:
    """The letter, to the address that is set by then. Raises UnwantedError."""
    size = notice.about.partition(":")[2]
    row = Checkpoint.objects.filter(size=size).first()
    if row is None or not settings.CHECKPOINT_MAIL:
        raise UnwantedError("it is not wanted any more")
    context = {"checkpoint": row, "note": checkpoint_note(row).strip()}
    return Addressed(settings.CHECKPOINT_MAIL, letter_write(_TEMPLATE, "en", context))


writer_register(NoticeKind.CHECKPOINT, checkpoint_write)
