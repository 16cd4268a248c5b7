"""Quarters' own stage: a clock that is moved, beats that look, a campaign that lives for long."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import transaction

from compliance.campaigns.models import Campaign
from compliance.notices.models import Notice
from ledger import journal
from reports.building import exports_build_waiting
from reports.models import Export, Run
from reports.quarters import tasks
from tests.factories import NOON
from tests.reports.scenario import Scenario

NEW_YEAR = datetime(2027, 1, 1, 0, 6, tzinfo=UTC)


def beat(now: datetime) -> None:
    """What a beat and a worker do at that moment, until nothing is left to be done."""
    with time_machine.travel(now, tick=False):
        tasks.look()
        exports_build_waiting(clock=lambda: now)
        tasks.look()


def event(now: datetime, kind: str = "test.happened") -> int:
    """Something else that the ledger records; returns its number."""
    with transaction.atomic():
        return journal.append(kind, actor="test", subject="test", now=now).seq


def notices(about: str = "") -> list[tuple[str, str]]:
    """What is owed about a matter: to whom, in order."""
    rows = Notice.objects.filter(kind="evidence", about__startswith=about)
    return sorted(rows.values_list("about", "addressee"))


@pytest.fixture
def campaign(story: Scenario) -> Campaign:
    """A campaign that was launched in the last quarter of 2026 and is still open."""
    Campaign.objects.filter(pk=story.campaign.pk).update(state="running", launched_at=NOON)
    story.campaign.refresh_from_db()
    return story.campaign


def export_of(run: Run) -> Export:
    """The export that was asked for, as it stands now."""
    run = Run.objects.with_all().get(pk=run.pk)
    assert run.export
    return run.export
