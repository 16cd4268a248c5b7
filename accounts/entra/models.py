"""What all workers share about Microsoft: sealed tokens and keys, and who is signing in."""

from datetime import datetime
from typing import Self

from django.db import models

from accounts.entra.sealing import seal, unseal


class KeptQuerySet(models.QuerySet["Kept"]):
    """Reads and writes of the shared cache."""

    def content(self, name: str, *, now: datetime) -> bytes | None:
        """What is kept under `name`, while it is fresh; None otherwise."""
        row = self.filter(name=name, expires_at__gt=now).first()
        return unseal(name, bytes(row.sealed)) if row else None

    def put(self, name: str, content: bytes, *, expires_at: datetime) -> None:
        """Keep `content` sealed; whoever kept something there before is overwritten."""
        values = {"sealed": seal(name, content), "expires_at": expires_at}
        self.update_or_create(name=name, defaults=values)

    def expired(self, now: datetime) -> Self:
        """What nobody may use any more."""
        return self.filter(expires_at__lte=now)


class Kept(models.Model):
    """A cache that all workers share, on every installation: it lies in the database, sealed."""

    name = models.CharField(max_length=200, primary_key=True)
    sealed = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    objects = KeptQuerySet.as_manager()

    def __str__(self) -> str:
        return f"kept {self.name}"
