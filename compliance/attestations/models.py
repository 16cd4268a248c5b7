"""Attestations: what employees said. One row an answer; a correction is a new row."""

from django.db import models

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
