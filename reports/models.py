"""Exports: what was made, as of which ledger position, and by whom."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from compliance.campaigns.models import Campaign
from reports.choices import ExportKind, ExportState
from reports.quarters.models import Closing, QuarterRule, Run, StandingExport

__all__ = [
    "Closing",
    "Export",
    "ExportKind",
    "ExportState",
    "QuarterRule",
    "Run",
    "StandingExport",
]


SHEETS = (
    "Summary",
    "Method",
    "Roll-forward",
    "Movements",
    "Population",
    "Attestations",
    "Messages",
    "Exclusions",
    "Exceptions",
    "Samples",
    "Wording",
    "Integrity",
    "Key",
)


def _place(sheet: str) -> tuple[int, int]:
    """Population, Population 2, Population 3, … behind each other."""
    name, _, part = sheet.partition(" ")
    return SHEETS.index(name), int(part or 1)


class ExportQuerySet(models.QuerySet["Export"]):
    """Reads of exports."""

    def due(self, now: datetime) -> Self:
        """Those that somebody should begin with, or take over from a worker that died."""
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.filter(free, state__in=(ExportState.WAITING, ExportState.RUNNING))

    def before(self, export: "Export") -> Self:
        """Those asked for before `export`: the next page of a list."""
        earlier = Q(requested_at__lt=export.requested_at)
        return self.filter(earlier | Q(requested_at=export.requested_at, id__lt=export.id))


class Export(models.Model):
    """One file that says how a campaign stood as of ledger position `seq`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="exports")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=ExportKind, default=ExportKind.BUNDLE)
    options = models.JSONField(default=dict)  # reports.datasets.options; {} is as usual
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.WAITING)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # Until then somebody is making it, or a failed try waits for the next one. A worker that died
    # leaves its lease behind; the next one takes the export over.
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    rows = models.JSONField(default=dict)  # sheet name → count
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-id")
        indexes = (
            models.Index(fields=["state", "requested_at"], name="export_waiting"),
            models.Index(fields=["-requested_at", "-id"], name="export_page"),
        )

    def __str__(self) -> str:
        return f"export {self.id}"

    @property
    def ref(self) -> str:
        """How the ledger names this export."""
        return f"export:{self.id}"

    @property
    def stored_name(self) -> str:
        """What its file is called in the storage."""
        return f"{self.id}{Path(self.file_name).suffix}"

    @property
    def ready(self) -> bool:
        """Whether it can be downloaded."""
        return self.state == ExportState.READY

    @property
    def unfinished(self) -> bool:
        """Whether it will still change by itself."""
        return self.state in (ExportState.WAITING, ExportState.RUNNING)

    @property
    def sheets(self) -> list[tuple[str, int]]:
        """Sheet and rows, in the workbook's order (the database keeps its own)."""
        return sorted(self.rows.items(), key=lambda sheet: _place(sheet[0]))

    @property
    def percent(self) -> int:
        """How much of it is written, by rows."""
        return min(99, 100 * self.rows_done // self.rows_total) if self.rows_total else 0
