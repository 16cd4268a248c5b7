"""Files in the watched folder, as long as they lie there."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.imports.models import READING_LEASE, ImportRun

# A file that has not changed for so long is whole.
SETTLED = timedelta(minutes=1)


class WatchedFileQuerySet(models.QuerySet["WatchedFile"]):
    """Reads of the folder's files."""

    def unread(self, now: datetime) -> Self:
        """Those that nobody has taken, or whose taker ended with its process."""
        free = Q(taken_at=None) | Q(taken_at__lte=now - READING_LEASE)
        return self.filter(free, run=None)


class WatchedFile(models.Model):
    """A file as it was last seen; the row goes when the file does."""

    name = models.CharField(max_length=255, primary_key=True)
    size = models.BigIntegerField()
    modified_ns = models.BigIntegerField()
    # Since when it is as it is, by our own clock: a mounted folder's may be another's.
    seen_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    run = models.OneToOneField(
        ImportRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="watched"
    )
    # The run waits for an officer.
    held = models.BooleanField(default=False)

    objects = WatchedFileQuerySet.as_manager()

    def __str__(self) -> str:
        return "a file of the watched folder"

    def is_whole(self, now: datetime) -> bool:
        """Whether it has been as it is for a minute."""
        return now - self.seen_at >= SETTLED
