"""What an import leaves behind: the run, its staged rows, and the directory's version."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.dispatch import receiver

from accounts.directory.signals import directory_changing


class RunState(models.TextChoices):
    """Where a run stands; only PREVIEWED can be applied."""

    UPLOADED = "uploaded", "waiting to be read"
    READING = "reading", "being read"
    UNMAPPED = "unmapped", "columns to choose"
    PREVIEWED = "previewed", "ready to apply"
    APPLIED = "applied", "applied"
    REFUSED = "refused", "refused"
    DISCARDED = "discarded", "discarded"


class Source(models.TextChoices):
    """Where a run's rows come from."""

    FILE = "file", "a file"
    ENTRA = "entra", "Microsoft Entra"


class Outcome(models.TextChoices):
    """What applying a staged row would do."""

    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    UNCHANGED = "unchanged", "Unchanged"
    LEAVER = "leaver", "Leavers"
    ERROR = "error", "Errors"


# A reader that has not finished by then was ended with its process; another takes over.
READING_LEASE = timedelta(hours=1)
_NO_MANAGER = "no other person, or more than one, answers to this: imported without a manager"


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Reads of imports."""

    def waiting(self, now: datetime) -> Self:
        """Uploads that nobody reads, the oldest first."""
        return self.filter(
            Q(state=RunState.UPLOADED)
            | Q(state=RunState.READING, reading_since__lte=now - READING_LEASE)
        ).order_by("created_at")


class ImportRun(models.Model):
    """One file of people, or one reading of a tenant: previewed, then applied as a whole or not at
    all.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=10, choices=Source, default=Source.FILE)
    file = models.FileField(upload_to="imports/", blank=True)
    file_name = models.CharField(max_length=255)
    file_size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.UPLOADED)
    # Why the file was refused, in words for the officer.
    refusal = models.TextField(blank=True)
    # What the officer should know about how the file was read (sheet, rows above the header).
    remark = models.TextField(blank=True)
    # [{"column": the header's text, "field": one of reading.fields or ""}], in the file's order.
    mapping = models.JSONField(default=list)
    # The officer says that the file names everyone: only then do the missing become leavers.
    complete = models.BooleanField(default=False)
    rows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    leavers = models.PositiveIntegerField(default=0)
    # Active people whom the file does not name; they leave only when it is complete.
    missing = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    # The directory's version that the preview was made from.
    directory_version = models.BigIntegerField(default=0)
    # Position in the ledger of `people.imported`.
    seq = models.BigIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    reading_since = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["-created_at", "id"], name="import_run_page"),
            models.Index(fields=["state", "created_at"], name="import_run_waiting"),
        )

    def __str__(self) -> str:
        return f"import {self.id}"

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the file speaks about; all others stay as they are."""
        return frozenset(column["field"] for column in self.mapping if column["field"])

    @property
    def from_entra(self) -> bool:
        """Whether the rows are accounts of the tenant: these always name everyone."""
        return self.source == Source.ENTRA

    @property
    def by_default(self) -> str:
        """Who made a run that no user made."""
        return "Optrail" if self.from_entra else "a command"

    @property
    def is_ready(self) -> bool:
        """Whether it can be applied."""
        return self.state == RunState.PREVIEWED

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be read."""
        return self.state in (RunState.UPLOADED, RunState.READING)

    @property
    def all_leavers(self) -> int:
        """Those marked as gone in the file, and the missing when the file is complete."""
        return self.leavers + (self.missing if self.complete else 0)


class StagedRowQuerySet(models.QuerySet["StagedRow"]):
    """Reads of one run's rows."""

    def good(self) -> Self:
        """Rows that can be applied."""
        return self.exclude(outcome=Outcome.ERROR)

    def after(self, line: int) -> Self:
        """Rows below a line of the file, from the top."""
        return self.filter(line__gt=line).order_by("line")

    def before(self, line: int) -> Self:
        """Rows above a line of the file, from the bottom."""
        return self.filter(line__lt=line).order_by("-line")

    def broken(self) -> Self:
        """Rows that cannot be applied."""
        return self.filter(outcome=Outcome.ERROR)

    def nameless(self) -> Self:
        """Broken rows that do not even say whom they are about."""
        return self.broken().filter(known=False, email="", external_id=None)

    def with_remarks(self) -> Self:
        """Rows with an error, and good rows with something that the officer should know."""
        return self.filter(
            Q(outcome=Outcome.ERROR) | ~Q(notes=[]) | (Q(manager_id=None) & ~Q(manager_key=""))
        )


class StagedRow(models.Model):
    """One row of the file, understood, beside what it would do to the directory."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="staged")
    # Line of the file where the row begins, counted from 1.
    line = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.NEW)
    # The matched employee, or the id that a new one will get.
    person_id = models.UUIDField(default=uuid.uuid4)
    known = models.BooleanField(default=False)
    email = models.CharField(max_length=254, blank=True)
    external_id = models.CharField(max_length=128, null=True)  # noqa: DJ001 - as in Employee
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    job_title = models.CharField(max_length=150, blank=True)
    department = models.CharField(max_length=150, blank=True)
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    office = models.CharField(max_length=150, blank=True)
    employment_type = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=12, blank=True)
    # The manager as the file writes it: an address in lower case, an id or a name; and whom it
    # means.
    manager_key = models.CharField(max_length=310, blank=True)
    manager_name = models.CharField(max_length=310, blank=True)
    manager_sort_name = models.CharField(max_length=310, blank=True)
    manager_id = models.UUIDField(null=True)
    # The words of the name in alphabetical order, so that "Otto, Bob" and "Bob Otto" are one.
    name_key = models.CharField(max_length=310, blank=True)
    active = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True)
    search_text = models.TextField(blank=True)
    sort_name = models.CharField(max_length=310, blank=True)
    # [{"column", "value", "reason"}]: errors keep the row out, notes do not.
    errors = models.JSONField(default=list)
    notes = models.JSONField(default=list)

    objects = StagedRowQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["run", "outcome", "line"], name="staged_page"),
            models.Index(fields=["run", "email", "line"], name="staged_email"),
            models.Index(fields=["run", "external_id", "line"], name="staged_external"),
            models.Index(fields=["run", "person_id"], name="staged_person"),
            models.Index(fields=["run", "name_key"], name="staged_name"),
        )

    def __str__(self) -> str:
        return f"line {self.line} of {self.run_id}"

    @property
    def remarks(self) -> list[dict[str, str]]:
        """Why the row is left out, or what is worth knowing about it: column, value, reason."""
        if self.outcome == Outcome.ERROR:
            return list(self.errors)
        if self.manager_key and not self.manager_id:
            return [
                *self.notes,
                {"column": "Manager", "value": self.manager_key, "reason": _NO_MANAGER},
            ]
        return list(self.notes)


class DirectoryVersion(models.Model):
    """One row that counts the directory's changes; a preview is good for the number it was made
    from.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"directory version {self.version}"

    @classmethod
    def current(cls) -> int:
        """The number of the directory as it is now."""
        return cls.objects.get_or_create(id=1)[0].version

    @classmethod
    def move_on(cls, *, from_version: int) -> bool:
        """Count one change, unless another came first: of two that start from one number, one
        wins.
        """
        moved = cls.objects.filter(id=1, version=from_version).update(version=F("version") + 1)
        return moved == 1


@receiver(directory_changing)
def directory_version_move_on(**_kwargs: Any) -> None:
    """Whoever changes the directory makes the previews of imports stale."""
    if not DirectoryVersion.objects.filter(id=1).update(version=F("version") + 1):
        DirectoryVersion.objects.create(id=1, version=1)
