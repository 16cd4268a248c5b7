"""Keeping files as long as the rule says, and no longer: each deletion is an event."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.db import transaction

from compliance.campaigns.models import Assignment
from compliance.reminders.calendar import company_day
from compliance.retention.models import LegalHold
from ledger import journal
from reports.models import Export, ExportState
from reports.quarters.models import Run
from reports.quarters.rule import rule_now
from reports.storage import evidence_delete

_log = structlog.get_logger(__name__)


def files_clear(*, now: datetime) -> int:
    """Delete the files whose time is over, but for campaigns under a legal hold; returns how many.

    A storage that does not answer is asked again the next time.
    """
    return sum(_clear(run, now) for run in _over(now))


def _over(now: datetime) -> Iterator[Run]:
    rule, today = rule_now(), company_day(now)
    held = _held(now)
    for run in Run.objects.stored().with_all().order_by("closing__last", "pk"):
        if run.kept_until(rule) < today and run.campaign_id not in held:
            yield run


def _held(now: datetime) -> set[int]:
    """The campaigns of which, or of a person in which, nothing may be deleted now."""
    holds = LegalHold.objects.in_force(company_day(now))
    people = Assignment.objects.filter(employee__in=holds.values("employee"))
    campaigns = holds.exclude(campaign=None).values_list("campaign", flat=True)
    return {*campaigns, *people.values_list("campaign", flat=True).distinct()}


def _clear(run: Run, now: datetime) -> bool:
    """The file first: a crash in between leaves a record that the next call puts right."""
    export = run.export
    assert export is not None
    try:
        evidence_delete(export=export)
    except OSError as error:
        _log.warning("evidence not deleted", export=str(export.pk), error=type(error).__name__)
        return False
    with transaction.atomic():
        ready = Export.objects.filter(pk=export.pk, state=ExportState.READY)
        if not ready.update(state=ExportState.DELETED):
            return False
        data = {"campaign": run.campaign.ref, "sha256": export.sha256, "reason": "retention"}
        journal.append(
            "export.deleted", actor=journal.SYSTEM, subject=export.ref, now=now, data=data
        )
    return True
