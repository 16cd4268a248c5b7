"""A whole business year by a moved clock: what beats make of it, and whom they tell."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.files.storage import storages

from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.notices.models import Notice
from reports.models import Export
from reports.quarters import tasks
from reports.quarters.models import Closing, QuarterRule, Run
from reports.quarters.standing import standing_create
from tests.factories import NOON
from tests.reports.quarters.conftest import beat, event, export_of, notices
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both
DAY = timedelta(days=1)


def test_a_whole_business_year(
    story: Scenario, campaign: Campaign, alice: User, aino: User
) -> None:
    """April to March. Beats look every fourth day at one o'clock; something happens each month.

    The files of the months are not really written here: what is in them, others try.
    """
    QuarterRule.objects.create(first_month=4)
    monthly = standing_create(
        user=alice, now=NOON, name="Every month", every="month", kind="workbook",
        edition="pseudonymous", campaigns=[campaign], keep_months=2,
    )  # fmt: skip
    at, end = datetime(2026, 11, 30, 1, tzinfo=UTC), datetime(2028, 1, 8, tzinfo=UTC)
    while at < end:
        with time_machine.travel(at, tick=False):
            tasks.look()
        Export.objects.filter(run__standing=monthly).update(state="ready")
        if Run.objects.open().exists():
            beat(at)
        if at.day <= 4:
            event(at + timedelta(hours=1))
        if at.date() == date(2027, 8, 5):
            Campaign.objects.update(state="closed", closed_at=at)
        at += 4 * DAY
    quarters = Run.objects.filter(standing=None).order_by("closing__last")
    assert [run.closing.name for run in quarters.select_related("closing")] == [
        "Q3 2026/27", "Q4 2026/27", "Q1 2027/28", "Q2 2027/28",
    ]  # fmt: skip
    assert Closing.objects.filter(every="quarter").count() == 5  # the last one without a campaign
    assert Run.objects.open().count() == 0
    months = Run.objects.filter(standing=monthly)
    assert months.count() == 10  # November to August
    assert {export_of(run).state for run in months.with_all()} == {"ready"}
    exports = [export_of(run) for run in quarters]
    assert [export.state for export in exports] == ["ready"] * 4
    assert len({export.seq for export in exports}) == 4
    # Each begins where the one before ended.
    assert [export.options.get("previous") for export in exports] == [
        None, *[export.seq for export in exports[:3]],
    ]  # fmt: skip
    told = notices("made:")
    assert len([row for row in told if row[0].endswith(":company")]) == 4 * 2
    assert {who for about, who in told if "company" not in about} == {alice.ref}


def test_the_same_quarter_made_late_is_the_same_file(campaign: Campaign) -> None:
    """The file of a punctual beat, and that of one that comes half a year later."""
    event(datetime(2026, 12, 31, 23, tzinfo=UTC))
    beat(datetime(2027, 1, 1, 0, 6, tzinfo=UTC))
    punctual = Export.objects.get()
    storages["evidence"].delete(punctual.stored_name)
    for model in (Run, Closing, Notice, Export):
        model.objects.all().delete()
    event(datetime(2027, 1, 20, tzinfo=UTC))
    beat(datetime(2027, 1, 21, tzinfo=UTC))
    assert (Export.objects.get().seq, Export.objects.get().sha256) == (
        punctual.seq, punctual.sha256,
    )  # fmt: skip
