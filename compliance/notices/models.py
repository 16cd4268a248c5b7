"""Notices: mails to officers and managers, outside of the outbox of those who are asked."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from compliance.campaigns.models import Campaign
from compliance.reminders.models import WAITING, State


class NoticeKind(models.TextChoices):
    """Which notice it is."""

    DIGEST = "digest", "Digest for officers"
    ALERT = "alert", "A campaign that Optrail paused"
    SUMMARY = "summary", "Summary for a manager"
    EVIDENCE = "evidence", "Evidence that was made, or was not"
    CHECKPOINT = "checkpoint", "Checkpoint of the ledger"
    EMERGENCY = "emergency", "Use of the emergency account"
    CODE = "code", "One-time code for an answer"
    DIRECTORY = "directory", "The directory is not kept current, or is again"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Reads of notices."""

    def due(self, now: datetime) -> Self:
        """Those whose time has come."""
        return self.filter(state__in=WAITING, next_at__lte=now)

    def for_people(self) -> Self:
        """Those that somebody sits and waits for."""
        return self.filter(kind=NoticeKind.CODE)


class Notice(models.Model):
    """A mail to a user or a manager, once for each period or matter; it names nobody's answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=NoticeKind)
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    # `user:…`, `employee:…` or `assignment:…`: whom it goes to; the address is looked up when it
    # leaves.
    addressee = models.CharField(max_length=60)
    # The first day of the period that it is about.
    period = models.DateField()
    # What else it is about, by reference: owed once for each, whatever the period.
    about = models.CharField(max_length=100, blank=True, default="", db_default="")
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    planned_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    state_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "campaign", "period", "addressee"], name="notice_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "period", "addressee"],
                condition=Q(campaign=None, about=""),
                name="notice_of_all_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "about", "addressee"],
                condition=~Q(about=""),
                name="notice_about_once",
            ),
        )
        indexes = (
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="notice_due"),
            models.Index(
                fields=["lease_until"],
                condition=Q(lease_until__isnull=False),
                name="notice_lease",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.period}"
