"""A period that is over is closed once, at the position where it ended."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from compliance.campaigns.models import Campaign
from ledger.journal import position
from ledger.models import Event
from reports.models import Export
from reports.quarters.closing import periods_close
from reports.quarters.models import Closing, QuarterRule, Run
from reports.quarters.positions import position_before
from tests.factories import NOON
from tests.reports.quarters.conftest import NEW_YEAR, beat, event
from tests.reports.scenario import told

pytestmark = pytest.mark.both
MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def last(campaign: Campaign) -> int:
    """The ledger number of the last thing that happened in 2026."""
    return event(MIDNIGHT - SECOND)


def test_the_position_is_the_last_event_before_the_boundary(last: int) -> None:
    assert position_before(MIDNIGHT) == last
    event(MIDNIGHT)
    event(MIDNIGHT - SECOND)  # committed late: it belongs to the next quarter
    assert position_before(MIDNIGHT) == last
    assert position_before(MIDNIGHT - SECOND) == last - 1


def test_a_late_run_gives_the_same_position(last: int) -> None:
    """Removed: `position_before`, for the position of now. This test then fails."""
    for day in range(1, 40):
        event(MIDNIGHT + timedelta(days=day))
    (closing,) = periods_close(now=MIDNIGHT + timedelta(days=40))
    assert (closing.name, closing.first, closing.last) == (
        "Q4 2026", date(2026, 10, 1), date(2026, 12, 31),
    )  # fmt: skip
    assert closing.seq == last


def test_nothing_is_closed_before_it_is_over_and_the_last_commits_had_their_minutes(
    last: int,
) -> None:
    for early in (NOON, MIDNIGHT - SECOND, MIDNIGHT, MIDNIGHT + timedelta(minutes=4)):
        assert periods_close(now=early) == []
    assert len(periods_close(now=NEW_YEAR)) == 1
    assert periods_close(now=NEW_YEAR) == []


def test_the_company_s_midnight_counts(last: int, settings: Any) -> None:
    settings.TIME_ZONE = "America/Los_Angeles"
    assert periods_close(now=NEW_YEAR) == []
    evening = event(MIDNIGHT + timedelta(hours=7, minutes=59))
    event(MIDNIGHT + timedelta(hours=8))
    (closing,) = periods_close(now=NEW_YEAR + timedelta(hours=8))
    assert closing.seq == evening


def test_the_closing_is_an_event_with_the_position(last: int) -> None:
    periods_close(now=NEW_YEAR)
    assert (
        '"data":{"every":"quarter","first":"2026-10-01","last":"2026-12-31",'
        f'"position":{last}}},"kind":"period.closed"' in Event.objects.latest("seq").body
    )


def test_missed_quarters_are_made_up_for_each_with_its_own_position(last: int) -> None:
    spring = event(datetime(2027, 3, 15, tzinfo=UTC))
    event(datetime(2027, 8, 1, tzinfo=UTC))
    closed = periods_close(now=datetime(2027, 8, 2, tzinfo=UTC))
    assert [(each.name, each.seq) for each in closed] == [
        ("Q4 2026", last), ("Q1 2027", spring), ("Q2 2027", position_before(datetime(2027, 7, 1, tzinfo=UTC))),
    ]  # fmt: skip


def test_a_quarter_holds_the_campaigns_that_were_live_in_it(last: int, campaign: Campaign) -> None:
    """Removed: `closed_at` from `live_in`. This test then fails."""
    other = told_again(campaign)
    Campaign.objects.filter(pk=other.pk).update(closed_at=datetime(2027, 1, 1, 5, tzinfo=UTC))
    Campaign.objects.filter(pk=campaign.pk).update(closed_at=MIDNIGHT - SECOND)
    periods_close(now=datetime(2027, 4, 2, tzinfo=UTC))
    runs = {(run.closing.name, run.campaign_id) for run in Run.objects.all()}
    assert runs == {("Q4 2026", campaign.pk), ("Q4 2026", other.pk), ("Q1 2027", other.pk)}


def told_again(campaign: Campaign) -> Campaign:
    """A second campaign, launched with the first one."""
    return Campaign.objects.create(
        name="Another", guide_version=campaign.guide_version, opens_on=NOON.date(),
        due_on=NOON.date(), closes_on=NOON.date(), legal_basis="other", retention_months=1,
        state="running", launched_at=NOON, launched_seq=campaign.launched_seq,
    )  # fmt: skip


def test_another_business_year_cuts_from_now_on_only(last: int) -> None:
    """Removed: `month_since` from `_quarters`. This test then fails."""
    QuarterRule.objects.create(first_month=2, month_since=datetime(2027, 2, 10, tzinfo=UTC))
    assert periods_close(now=datetime(2027, 2, 11, tzinfo=UTC)) == []
    (closing,) = periods_close(now=datetime(2027, 5, 1, 1, tzinfo=UTC))
    assert (closing.name, closing.first) == ("Q1 2027/28", date(2027, 2, 1))


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_bundle_each(django_db_reset_sequences: None) -> None:
    """Removed: `get_or_create` for `create`. This test then fails."""
    story = told()
    Campaign.objects.update(launched_at=NOON, state="running")
    event(MIDNIGHT - SECOND)
    failures: list[BaseException] = []

    def look() -> None:
        try:
            gate.wait()
            beat_once()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    from reports.quarters.runs import runs_ask

    def beat_once() -> None:
        periods_close(now=NEW_YEAR)
        runs_ask(now=NEW_YEAR)

    gate = threading.Barrier(3)
    beats = [threading.Thread(target=look) for _ in range(3)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()
    assert failures == []
    assert (Closing.objects.count(), Run.objects.count(), Export.objects.count()) == (1, 1, 1)
    assert Run.objects.get().export == Export.objects.get()
    kinds = "".join(Event.objects.values_list("body", flat=True))
    assert kinds.count('"kind":"period.closed"') == kinds.count('"kind":"export.requested"') == 1
    beat(NEW_YEAR)
    assert Export.objects.get().ready
    assert (story.campaign.launched_seq or 0) <= Export.objects.get().seq < position()[0]
