"""What keeps the directory from being current: from when until when, one at a time of each kind."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.imports.models import ImportRun, RunState, Source
from accounts.imports.watched import WatchedFile

# What mends itself is worth a word once it has lasted.
LASTING = timedelta(hours=1)
_CLOSED = (RunState.APPLIED, RunState.DISCARDED)


class TroubleKind(models.TextChoices):
    """What it is about."""

    READING = "reading", "The tenant is not read"
    HELD = "held", "A reading waits for a yes"
    FOLDER = "folder", "The watched folder cannot be worked with"
    FILE_HELD = "file_held", "A file of the watched folder waits for a yes"
    FILE_REFUSED = "refused", "A file of the watched folder was refused"


class TroubleQuerySet(models.QuerySet["Trouble"]):
    """Reads of troubles."""

    def open(self) -> Self:
        """Those that are not over."""
        return self.filter(ended_at=None)


class Trouble(models.Model):
    """Begun once, however often it is met again, until it is over."""

    kind = models.CharField(max_length=10, choices=TroubleKind)
    # Why, in words for an officer, as it was met last.
    words = models.TextField()
    began_at = models.DateTimeField()
    # From then on it is worth a mail.
    tell_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # The import that it is about; in the end what settled it.
    run = models.ForeignKey(
        ImportRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = TroubleQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind"], condition=Q(ended_at=None), name="trouble_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} since {self.began_at}"


def trouble_note(
    *,
    kind: TroubleKind,
    words: str,
    now: datetime,
    lasting: timedelta = timedelta(),
    run: ImportRun | None = None,
) -> None:
    """It is there, or still there; told once it has been for `lasting`."""
    tell_at = now + lasting
    row, fresh = Trouble.objects.get_or_create(
        kind=kind,
        ended_at=None,
        defaults={"words": words, "began_at": now, "tell_at": tell_at, "run": run},
    )
    if not fresh:
        row.words, row.run, row.tell_at = words, run, min(row.tell_at, tell_at)
        row.save(update_fields=["words", "run", "tell_at"])


def trouble_over(*, kind: TroubleKind, now: datetime, run: ImportRun | None = None) -> None:
    """It is there no more; `run` settled it."""
    settled = {"run": run} if run else {}
    Trouble.objects.open().filter(kind=kind).update(ended_at=now, **settled)


def waits_look(*, now: datetime) -> None:
    """End what waited for a yes and got one, or a no; by whomever, and wherever.

    As long as another import is on its way to take the place of one, nothing is settled.
    """
    readings = ImportRun.objects.filter(source=Source.ENTRA).exclude(state__in=_CLOSED)
    files = WatchedFile.objects.filter(run__isnull=False)
    for kind, others in ((TroubleKind.HELD, readings), (TroubleKind.FILE_HELD, files)):
        settled = Q(run=None) | Q(run__state__in=_CLOSED)
        if not others.exists():
            Trouble.objects.open().filter(settled, kind=kind).update(ended_at=now)
