"""Leave gives more time to answer."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_extend, campaign_launch
from compliance.guides.models import GuideVersion
from compliance.reminders.leave_services import leave_end
from compliance.reminders.leaves import leaves_settle
from compliance.reminders.plan import reminders_plan
from tests.compliance.reminders.away import at, away, december, due_on
from tests.factories import NOON, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "due"),
    [
        (december(7), december(9), december(16)),  # three working days of three
        (december(10), december(15), december(17)),  # beyond the due date: all four of them
        (december(5), december(6), december(11)),  # a weekend takes nothing
        (december(14), december(16), december(11)),  # after the due date
        (date(2026, 11, 16), date(2026, 11, 24), december(15)),  # since it opened
        (date(2026, 11, 16), date(2026, 11, 20), december(11)),  # before it opened
        (december(1), december(24), december(31)),  # never past the last day
    ],
)
def test_the_due_date_moves_by_the_working_days_of_the_leave(
    ask: Callable[..., Assignment], starts_on: date, ends_on: date, due: date
) -> None:
    person = ask()
    away(person.person, starts_on, ends_on)
    assert due_on(person) == due
    assert DueMove.objects.exists() == (due != december(11))


def test_taken_back_it_takes_its_days_back(ask: Callable[..., Assignment]) -> None:
    """Fails when `leave_end` leaves the due date alone."""
    person = ask()
    leave = away(person.person, december(1), december(24))
    assert due_on(person) == december(31)
    leave_end(leave=leave, user=None, now=NOON)
    assert due_on(person) == december(11)
    assert reminders_plan(now=at(december(1))) == 1


def test_ended_early_it_takes_back_what_is_left_of_it(ask: Callable[..., Assignment]) -> None:
    person = ask(invited=True)
    leave = away(person.person, december(1), december(8))  # six working days
    assert due_on(person) == december(21)
    leave_end(leave=leave, user=None, now=at(december(3)))
    assert due_on(person) == december(15)  # two days used
    leaves_settle(now=at(december(3)))
    person.refresh_from_db()
    assert person.counts_from == date(2026, 11, 25)


def test_an_extension_in_between_stays_when_the_leave_is_taken_back(
    ask: Callable[..., Assignment], campaign: Campaign
) -> None:
    person = ask()
    leave = away(person.person, december(7), december(9))
    campaign_extend(
        campaign=campaign, due_on=december(18), closes_on=december(31), user=None, now=NOON
    )
    assert due_on(person) == december(23)
    leave_end(leave=leave, user=None, now=NOON)
    assert due_on(person) == december(18)


def test_whoever_has_planned_leave_at_the_launch_has_more_time(linkedin: GuideVersion) -> None:
    """Fails without `launched_leaves`; both leaves of one person count."""
    campaign = CampaignFactory.create(guide_version=linkedin)
    person, other = EmployeeFactory.create_batch(2)
    away(person, december(1), december(2))
    away(person, december(7), december(7))
    campaign_launch(campaign=campaign, user=None, now=NOON)
    due = dict(campaign.assignments.values_list("employee", "due_on"))
    assert due == {person.pk: december(16), other.pk: december(11)}


def test_whoever_has_answered_keeps_the_day(ask: Callable[..., Assignment]) -> None:
    person = ask(closed_at=NOON, answer="was_off")
    away(person.person, december(7), december(9))
    assert due_on(person) == december(11)


def test_a_launch_shifts_many_in_few_statements(
    linkedin: GuideVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for person in EmployeeFactory.create_batch(20):
        away(person, december(7), december(9))
    campaign = CampaignFactory.create(guide_version=linkedin)
    with django_assert_max_num_queries(60):
        campaign_launch(campaign=campaign, user=None, now=NOON)
    assert set(campaign.assignments.values_list("due_on", flat=True)) == {december(16)}
