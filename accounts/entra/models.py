"""What all workers share about Microsoft: sealed tokens and keys, and who is signed in by it."""

from datetime import datetime
from typing import Self

from django.db import models

from accounts.entra.sealing import seal, unseal
from accounts.signin.models import User


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


class OpenSignIn(models.Model):
    """A session that began with Microsoft: found by the tenant's own session id to end it too."""

    session_key = models.CharField(max_length=40, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="open_sign_ins")
    # The claim `sid`; empty when the token had none.
    sid = models.CharField(max_length=128, blank=True, db_index=True)
    began_at = models.DateTimeField(db_index=True)
    # When Microsoft last said that the account is in order.
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"sign-in of {self.began_at:%Y-%m-%d %H:%M}"
