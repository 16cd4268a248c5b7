"""What all workers know together about Microsoft's mailboxes: who is at it, and which rest."""

import uuid

from django.db import models


class Berth(models.Model):
    """One request about mail that is on its way to Microsoft Graph: so many at once, no more."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mailbox = models.CharField(max_length=254)
    # Whoever took it has died by then.
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.mailbox} until {self.until}"


class Rest(models.Model):
    """A mailbox that nothing is sent from for a while, because Microsoft said so."""

    mailbox = models.CharField(max_length=254, primary_key=True)
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.mailbox} rests until {self.until}"
