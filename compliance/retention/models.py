"""What was erased, and what must not be: erasures and legal holds."""

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.directory.models import Employee
from compliance.campaigns.models import Campaign
from ledger.models import AppendOnlyModel, AppendOnlyQuerySet


class Reason(models.TextChoices):
    """Why somebody was erased; a code, because free text would outlive the person it names."""

    RETENTION = "retention", "The retention period is over"
    REQUEST = "request", "The person asked for it (Art. 17 GDPR)"
    OBJECTION = "objection", "The person objected (Art. 21 GDPR)"
    NEEDLESS = "needless", "It is not needed any more (Art. 17(1)(a) GDPR)"
    UNLAWFUL = "unlawful", "It should not have been recorded (Art. 17(1)(d) GDPR)"
    ORDER = "order", "A court or an authority ordered it"


# What people choose from; the retention period is a matter of the calendar.
ASKED_FOR = tuple(choice for choice in Reason.choices if choice[0] != Reason.RETENTION)


class ErasureQuerySet(AppendOnlyQuerySet["Erasure"]):
    """Reads of erasures."""

    def of_run(self, run: uuid.UUID) -> Self:
        """Everything that one run erased, in order."""
        return self.filter(run=run).order_by("seq")


class Erasure(AppendOnlyModel):
    """People became “erased person <number>”, from `first` to `last`; `seq` is the ledger event.

    A campaign's retention takes several of them, one for each few thousand people, all of one
    `run`: what a certificate is about. Nobody is named: `subject` is the id of a person who is
    gone from every table, or of the campaign.
    """

    run = models.UUIDField(default=uuid.uuid4, db_index=True)
    seq = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
    )
    reason = models.CharField(max_length=12, choices=Reason)
    subject = models.CharField(max_length=80)
    first = models.PositiveIntegerField(unique=True)
    last = models.PositiveIntegerField(unique=True)
    # What was blanked or deleted, in numbers: the ledger event's data.
    detail = models.JSONField(default=dict)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ("-seq",)

    def __str__(self) -> str:
        return f"erasure at {self.seq}"

    @property
    def people(self) -> int:
        """How many were erased."""
        return self.last - self.first + 1


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    """Reads of legal holds."""

    def in_force(self, today: date) -> Self:
        """Those that were not lifted and have not run out; `today` is the company's day."""
        return self.filter(lifted_seq=None, until__gte=today)


class LegalHold(models.Model):
    """Nothing of a campaign, or of a person, is erased up to `until`, or until it is lifted."""

    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    # NULL beside no campaign: the hold is over and its person was erased since.
    employee = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.SET_NULL, related_name="holds"
    )
    reason = models.CharField(max_length=300, blank=True)
    until = models.DateField()
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    placed_seq = models.BigIntegerField(unique=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_seq = models.BigIntegerField(null=True, blank=True, unique=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_seq",)
        constraints = (
            models.CheckConstraint(
                condition=Q(campaign=None) | Q(employee=None), name="hold_of_one_thing"
            ),
        )

    def __str__(self) -> str:
        return f"legal hold at {self.placed_seq}"
