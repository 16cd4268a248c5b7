"""The numbers of a campaign: they reconcile, and each has its list."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.campaigns.models import Campaign
from compliance.campaigns.progress import answers_by_group, by_day, by_group, totals
from compliance.campaigns.statuses import STATUSES
from compliance.guides.models import GuideVersion
from tests.factories import NOON, AssignmentFactory, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ANSWERED: dict[str, Any] = {"answer": "turned_off", "answered_at": NOON, "closed_at": NOON}
ROWS: dict[str, dict[str, Any]] = {
    "answered": ANSWERED,
    "open": {},
    "need_help": {"answer": "need_help", "answered_at": NOON},
    "undeliverable": {"undeliverable": True},
    "excluded": {"exclusion": "no_setting_in_country"},
    "left": {"withdrawn": True},
}


@pytest.fixture
def campaign(linkedin: GuideVersion) -> Any:
    """One person of each status, one more answer, one more campaign beside it."""
    running = CampaignFactory.create(running=True)
    for row in [*ROWS.values(), ANSWERED]:
        AssignmentFactory.create(campaign=running, **row)
    AssignmentFactory.create()
    return running


def test_in_scope_is_answered_and_open_and_excluded_and_left(campaign: Campaign) -> None:
    so_far = totals(campaign)
    assert so_far.in_scope == so_far.answered + so_far.open + so_far.excluded + so_far.left == 7
    assert (so_far.answered, so_far.open, so_far.excluded, so_far.left) == (2, 3, 1, 1)
    assert (so_far.need_help, so_far.undeliverable) == (1, 1)
    assert (so_far.asked, so_far.percent_answered) == (6, 33)


def test_each_number_is_as_long_as_the_list_behind_it(campaign: Campaign) -> None:
    so_far = totals(campaign)
    for code, status in STATUSES.items():
        assert status.rows(campaign.assignments.all()).count() == getattr(so_far, code)


def test_each_row_names_its_own_status(campaign: Campaign) -> None:
    for code, row in ROWS.items():
        assert AssignmentFactory.build(campaign=campaign, **row).status == code


def test_an_answer_counts_as_answered_even_when_the_person_left_later(campaign: Campaign) -> None:
    AssignmentFactory.create(
        campaign=campaign, **ANSWERED, employee=EmployeeFactory.create(left=True)
    )
    assert totals(campaign).answered == 3


def test_groups_stand_in_alphabetical_order_and_add_up(campaign: Campaign) -> None:
    for department in ("Sales", "Ärzte", ""):
        AssignmentFactory.create(campaign=campaign, department=department)
    groups = by_group(campaign, "department")
    assert [group.value for group in groups] == sorted(group.value for group in groups)
    assert sum(group.asked for group in groups) == totals(campaign).asked
    assert all(group.asked == group.answered + group.open + group.left for group in groups)


def test_days_are_the_companys_days(campaign: Campaign, settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    late = NOON.replace(hour=23)
    AssignmentFactory.create(campaign=campaign, answer="was_off", answered_at=late, closed_at=late)
    assert {day.isoformat(): people for day, people in by_day(campaign).items()} == {
        "2026-11-24": 3,
    }


def test_answers_are_counted_by_group_with_the_calls_for_help(campaign: Campaign) -> None:
    assert answers_by_group(campaign, "country")["DE"]["turned_off"] == 2
    assert answers_by_group(campaign, "country")["DE"]["need_help"] == 1


def test_each_read_is_one_statement(campaign: Campaign) -> None:
    with CaptureQueriesContext(connection) as queries:
        totals(campaign)
        by_group(campaign, "department")
        by_day(campaign)
        answers_by_group(campaign, "country")
    assert len(queries) == 4
