"""The ledger's tables: events, their head, the vault and the checkpoints."""

import uuid
from typing import Any, NoReturn, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class AppendOnlyError(TypeError):
    """An attempt to change or delete what may only be appended."""


class AppendOnlyQuerySet(models.QuerySet[M]):
    """Rows that are written once; the database's triggers say the same to everyone else."""

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are only ever appended.")

    update = delete = bulk_update = update_or_create = _refuse
    delete.queryset_only = True  # type: ignore[attr-defined]


class AppendOnlyModel(models.Model):
    """A row that is inserted once and never changed.

    Give it `objects = AppendOnlyQuerySet.as_manager()` and a `ledger.guards.guard_operation`.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert. Raises AppendOnlyError for a row that stands already."""
        if not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} rows are only ever appended.")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused. Raises AppendOnlyError."""
        raise AppendOnlyError(f"{type(self).__name__} rows are never deleted.")


class Event(AppendOnlyModel):
    """One entry: `body` is the exact text that was hashed, `prev` the hash before it."""

    seq = models.BigIntegerField(primary_key=True)
    body = models.TextField()
    prev = models.BinaryField(max_length=32, unique=True)
    hash = models.BinaryField(max_length=32, unique=True)

    objects = AppendOnlyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"event {self.seq}"


class Head(models.Model):
    """The one row that every append locks: the last number and hash of the chain."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="ledger_one_head"),)

    def __str__(self) -> str:
        return f"head at {self.seq}"


class VaultEntry(models.Model):
    """The only place where a personal value that an event commits to stands; erasable."""

    commit_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    subject_ref = models.CharField(max_length=80, db_index=True)
    field = models.CharField(max_length=40)
    value = models.TextField()
    salt = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.field} of {self.subject_ref}"


class Checkpoint(AppendOnlyModel):
    """A signed statement of the ledger's size and root at one time."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    head = models.BinaryField(max_length=32)
    ts = models.DateTimeField()
    key_id = models.CharField(max_length=64)
    signature = models.BinaryField(max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"checkpoint at {self.size}"


class KeyHandover(AppendOnlyModel):
    """One signing key took over from another: a statement that both have signed.

    Checkpoints over at most `size` events are signed by the old key, larger ones by the new.
    """

    size = models.BigIntegerField(unique=True)
    old_key = models.BinaryField(max_length=32)
    new_key = models.BinaryField(max_length=32)
    ts = models.DateTimeField()
    old_signature = models.BinaryField(max_length=64)
    new_signature = models.BinaryField(max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"hand-over of keys at {self.size}"


class Acceptance(AppendOnlyModel):
    """Somebody said: the published checkpoint of `size` and `head` is lost, go on from `seq`."""

    size = models.BigIntegerField()
    head = models.BinaryField(max_length=32)
    seq = models.BigIntegerField()
    at = models.DateTimeField()

    objects = AppendOnlyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"accepted at {self.seq}"


class Configuration(AppendOnlyModel):
    """What the settings that change behaviour were from event `seq` on, as canonical JSON."""

    seq = models.BigIntegerField()
    values = models.TextField()

    objects = AppendOnlyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"configuration of event {self.seq}"
