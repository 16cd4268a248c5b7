"""Quarters: the company's rule, what was closed, what is made of it, and for whom."""

import uuid
from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from compliance.campaigns.models import Campaign
from reports.choices import ExportKind, ExportState
from reports.datasets.options import Edition
from reports.quarters.periods import MONTHS, Every, months_after

LONGEST_YEARS, LONGEST_MONTHS = 30, 120


class QuarterRule(models.Model):
    """The company's one rule: when its year begins, and how long a quarter's files are kept."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    first_month = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MONTHS)]
    )
    # Quarters that were over by then are not cut anew.
    month_since = models.DateTimeField(null=True, blank=True)
    keep_years = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_YEARS)]
    )

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="quarter_one_rule"),)

    def __str__(self) -> str:
        return f"quarters from month {self.first_month}"


class Naming(models.TextChoices):
    """Whether people are named: an export's edition."""

    FULL = Edition.FULL.value, "With names and addresses"
    PSEUDONYMOUS = Edition.PSEUDONYMOUS.value, "Without names, addresses and employee numbers"


class StandingExportQuerySet(models.QuerySet["StandingExport"]):
    """Reads of standing exports."""

    def active(self) -> Self:
        """Those that nobody stopped."""
        return self.filter(stopped_at=None)


class StandingExport(models.Model):
    """What an officer wants again and again, until somebody stops it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    every = models.CharField(max_length=10, choices=Every, default=Every.MONTH)
    kind = models.CharField(max_length=10, choices=ExportKind, default=ExportKind.BUNDLE)
    edition = models.CharField(max_length=15, choices=Naming, default=Naming.FULL)
    # None chosen: every campaign that was live in the period.
    campaigns = models.ManyToManyField(Campaign, blank=True, related_name="+")
    keep_months = models.PositiveSmallIntegerField(
        default=12, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MONTHS)]
    )
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    # '' for a person's decision, else why Optrail did it.
    stopped_why = models.CharField(max_length=200, blank=True)

    objects = StandingExportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """How the ledger names it."""
        return f"standing:{self.id}"


class Closing(models.Model):
    """A period that is over, and the ledger position at its end: noted once, never moved."""

    every = models.CharField(max_length=10, choices=Every)
    first = models.DateField()
    last = models.DateField()
    name = models.CharField(max_length=40)
    seq = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-last",)
        constraints = (models.UniqueConstraint(fields=["every", "last"], name="closing_once"),)

    def __str__(self) -> str:
        return self.name


class RunQuerySet(models.QuerySet["Run"]):
    """Reads of runs."""

    def open(self) -> Self:
        """Those that will still change by themselves."""
        return self.filter(settled_at=None)

    def to_ask(self, now: datetime) -> Self:
        """Those for which no export was asked yet, and whose time has come."""
        return self.open().filter(export=None, next_at__lte=now)

    def given_up(self) -> Self:
        """Those that wait for somebody to try them again."""
        lost = Q(export=None) | Q(export__state=ExportState.FAILED)
        return self.filter(lost, settled_at__isnull=False)

    def stored(self) -> Self:
        """Those whose file stands in the storage."""
        return self.filter(export__state=ExportState.READY)

    def with_all(self) -> Self:
        """With what a list shows of them."""
        return self.select_related("campaign", "closing", "standing__owner", "export")


class Run(models.Model):
    """One campaign's export for one closed period: the company's own, or a standing export's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    closing = models.ForeignKey(Closing, on_delete=models.PROTECT, related_name="runs")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="runs")
    standing = models.ForeignKey(
        StandingExport, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    export = models.OneToOneField(
        "reports.Export", null=True, blank=True, on_delete=models.PROTECT, related_name="run"
    )
    # Raised when somebody wants it tried again.
    attempt = models.PositiveSmallIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-closing__last", "campaign__name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["campaign", "closing"],
                condition=Q(standing=None),
                name="run_of_the_company_once",
            ),
            models.UniqueConstraint(
                fields=["standing", "campaign", "closing"], name="run_of_a_standing_export_once"
            ),
        )
        indexes = (models.Index(fields=["next_at"], condition=Q(settled_at=None), name="run_open"),)

    def __str__(self) -> str:
        return f"run {self.id}"

    @property
    def export_key(self) -> uuid.UUID:
        """The export's id in this attempt: asking for it twice is noticed."""
        return uuid.uuid5(self.id, str(self.attempt))

    @property
    def failed(self) -> bool:
        """Whether it was given up."""
        return self.settled_at is not None and (
            self.export is None or self.export.state == ExportState.FAILED
        )

    @property
    def reason(self) -> str:
        """What went wrong, if anything did."""
        return self.error or (self.export.error if self.export else "")

    def kept_until(self, rule: QuarterRule) -> date:
        """The last day on which its file is kept."""
        months = self.standing.keep_months if self.standing else rule.keep_years * MONTHS
        return months_after(self.closing.last, months)
