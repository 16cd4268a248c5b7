"""Retention: once it is over everybody in a campaign becomes an erased person, batch by batch."""

import json
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.population import population_digest
from compliance.notices.models import Notice
from compliance.reminders.models import Seal
from compliance.reminders.seal import seal_root
from compliance.retention.campaigns import campaign_erase, run_new
from compliance.retention.due import campaign_due_on, campaigns_due, months_later
from compliance.retention.holds import hold_place
from compliance.retention.models import Erasure
from compliance.retention.running import retention_run
from ledger.models import Checkpoint, Event
from ledger.verification import verify
from tests.compliance.retention.company import DAY, MARKS, closed, traces
from tests.compliance.retention.conftest import asked, person
from tests.factories import NOON, AssignmentFactory, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
OVER = datetime(
    2030, 1, 2, 12, 0, tzinfo=NOON.tzinfo
)  # closed in December 2026, kept for 36 months


def run_at(moment: datetime) -> dict[int, int]:
    """One run by schedule: campaign → people."""
    return dict(retention_run(clock=lambda: moment).campaigns)


def erase(campaign: Campaign, *, batch: int, run: UUID | None = None) -> int:
    ends = OVER + timedelta(minutes=1)
    return campaign_erase(
        campaign=campaign, run=run or run_new(), clock=lambda: OVER, ends=ends, batch=batch
    )


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 12, 13), 36, date(2029, 12, 13)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2026, 11, 30), 0, date(2026, 11, 30)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


def test_nothing_goes_before_its_day(campaign: Campaign) -> None:
    """Removed: the day in `_next` and `over`. The record then goes the day it is closed."""
    assert campaigns_due(now=OVER) == []  # it runs
    done = closed(campaign)
    due = campaign_due_on(done)
    assert due == date(2029, 12, 13)
    at_noon = datetime(2029, 12, 13, 12, tzinfo=NOON.tzinfo)
    assert run_at(at_noon - DAY) == {}
    assert run_at(at_noon) == {campaign.pk: 12}


def test_everybody_in_it_becomes_an_erased_person_and_stays_in_the_directory(
    campaign: Campaign,
) -> None:
    closed(campaign)
    assert run_at(OVER) == {campaign.pk: 12}
    assert {trace.table for trace in traces(*MARKS)} == {"accounts_employee"}
    numbers = Assignment.objects.order_by("erased_number").values_list("erased_number", flat=True)
    assert list(numbers) == list(range(1, 13))
    assert not Assignment.objects.filter(employee__isnull=False).exists()
    campaign.refresh_from_db()
    assert campaign.erased_at == OVER


def test_the_chain_and_every_root_still_hold(campaign: Campaign) -> None:
    """Removed: the kept leaf. The population's root then differs from the launch's."""
    closed(campaign)
    run_at(OVER)
    launch = json.loads(Event.objects.get(seq=int(campaign.launched_seq or 0)).body)["data"]
    assert population_digest(campaign)[1].hex() == launch["population"]
    for seal in Seal.objects.exclude(seq=None):
        assert seal_root(seal)[1] in Event.objects.get(seq=int(seal.seq or 0)).body
    assert verify().ok
    assert Checkpoint.objects.latest("size").size >= Erasure.objects.latest("seq").seq


def test_a_run_that_is_cut_short_goes_on_and_nobody_gets_two_numbers(campaign: Campaign) -> None:
    """Removed: erased_number=None in `kept`. The second run then numbers people again."""
    closed(campaign)
    clock = iter([OVER, OVER, OVER, OVER + DAY, OVER + DAY])
    run = run_new()
    first = campaign_erase(
        campaign=campaign,
        run=run,
        clock=lambda: next(clock),
        ends=OVER + timedelta(hours=1),
        batch=5,
    )
    campaign.refresh_from_db()
    assert (first, campaign.erased_at) == (5, None)
    assert erase(campaign, batch=5) == 7
    assert erase(campaign, batch=5) == 0
    spans = Erasure.objects.order_by("seq").values_list("first", "last")
    assert list(spans) == [(1, 5), (6, 10), (11, 12)]
    assert Erasure.objects.of_run(run).count() == 1


def test_running_twice_changes_nothing(campaign: Campaign) -> None:
    closed(campaign)
    run_at(OVER)
    events = Event.objects.count()
    assert run_at(OVER + DAY) == {}
    assert Event.objects.count() == events


def test_a_legal_hold_on_the_campaign_stops_it_until_it_has_run_out(
    campaign: Campaign, alice: User
) -> None:
    """Removed: holds_on_campaign in `_next`, and `not due.hold` in the run."""
    closed(campaign)
    until = (OVER + 30 * DAY).date()
    hold_place(campaign=campaign, reason="Case 12/34", until=until, user=alice, now=OVER)
    assert run_at(OVER) == {}
    assert erase(campaign, batch=5) == 0
    assert run_at(OVER + 31 * DAY) == {campaign.pk: 12}


def test_a_legal_hold_on_a_person_keeps_that_person_alone(campaign: Campaign, alice: User) -> None:
    """Removed: the exclusion of people_held."""
    closed(campaign)
    until = (OVER + 30 * DAY).date()
    hold_place(employee=person(4), reason="Case 12/34", until=until, user=alice, now=OVER)
    assert [(due.people, due.held, due.goes) for due in campaigns_due(now=OVER)] == [(12, 1, 11)]
    assert run_at(OVER) == {campaign.pk: 11}
    assert asked(4).email == "xaveria4@ravenmoor.example"
    campaign.refresh_from_db()
    assert campaign.erased_at is None
    assert run_at(OVER + 31 * DAY) == {campaign.pk: 1}


def test_what_managers_were_told_about_it_goes_as_well(campaign: Campaign) -> None:
    told = Notice.objects.create(
        kind="summary", campaign=campaign, addressee=f"employee:{person(0).pk}",
        period=NOON.date(), planned_at=NOON, answer="to Xaveria0",
    )  # fmt: skip
    closed(campaign)
    run_at(OVER)
    assert not Notice.objects.filter(pk=told.pk).exists()


def test_whoever_left_long_ago_leaves_the_directory_too(campaign: Campaign) -> None:
    """Removed: leavers_erase in the run. Their entry then stays for ever."""
    closed(campaign)
    leaving = person(3).pk
    Employee.objects.filter(pk=leaving).update(active=False, left_at=NOON, left_reason="missing")
    ran = retention_run(clock=lambda: OVER)
    assert (ran.campaigns, ran.leavers) == ({campaign.pk: 12}, 1)
    assert not Employee.objects.filter(pk=leaving).exists()
    assert Erasure.objects.latest("seq").subject == "leavers"
    assert not list(traces("xaveria3 ", "xaveria3@"))


def test_a_leaver_stays_while_anything_holds_them(campaign: Campaign, alice: User) -> None:
    """Removed, one at a time: the three conditions of leavers_due."""
    Employee.objects.update(active=False, left_at=NOON, left_reason="missing")
    assert retention_run(clock=lambda: OVER).leavers == 0  # asked in a campaign
    closed(campaign)
    quiet, boss = EmployeeFactory.create(left=True), EmployeeFactory.create(left=True)
    kept = CampaignFactory.create(closed=True, guide_version=campaign.guide_version)
    AssignmentFactory.create(campaign=kept, employee=person(7), manager=boss)
    until = (OVER + 30 * DAY).date()
    hold_place(employee=quiet, reason="Case 12/34", until=until, user=alice, now=OVER)
    hold_place(campaign=kept, reason="Case 56/78", until=until, user=alice, now=OVER)
    assert retention_run(clock=lambda: OVER).leavers == 11
    assert set(Employee.objects.all()) == {person(7), quiet, boss}
