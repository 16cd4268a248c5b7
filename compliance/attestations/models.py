"""Attestations: what employees said, a row for each; and the codes that some show first."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F

from compliance.campaigns.models import Assignment, Assurance
from compliance.guides.models import GuideVersion
from ledger.models import AppendOnlyModel, AppendOnlyQuerySet


class AttestationQuerySet(AppendOnlyQuerySet["Attestation"]):
    """Reads of attestations."""


class Attestation(AppendOnlyModel):
    """One answer to one wording, with the ledger event `seq` that records it."""

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="attestations"
    )
    # 1 for the first answer, 2 for the first correction, …
    number = models.PositiveSmallIntegerField()
    answer = models.CharField(max_length=20)
    at = models.DateTimeField()
    guide_version = models.ForeignKey(GuideVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=12)
    assurance = models.CharField(max_length=10, choices=Assurance)
    seq = models.BigIntegerField(unique=True)

    objects = AttestationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["assignment", "number"], name="attestation_once"),
        )

    def __str__(self) -> str:
        return f"attestation {self.seq}"


class AnswerCodeQuerySet(models.QuerySet["AnswerCode"]):
    """Reads and writes of codes."""

    def live(self, now: datetime) -> Self:
        """Those that still can be tried."""
        return self.filter(
            asked_at__gt=now - AnswerCode.VALID, redeemed_at=None, tries__lt=AnswerCode.TRIES
        )

    def try_count(self) -> bool:
        """Count a try, before it is looked at: of many at once each counts."""
        return bool(self.update(tries=F("tries") + 1))


class AnswerCode(models.Model):
    """A one-time code that somebody asked for at their link. The code itself is kept nowhere."""

    VALID = timedelta(minutes=10)
    TRIES = 5
    # So often somebody is mailed a code, within so long.
    MOST = ((5, timedelta(hours=1)), (10, timedelta(days=1)))

    # The code derives from it.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="codes")
    link_version = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    redeemed_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerCodeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"code {self.id}"
