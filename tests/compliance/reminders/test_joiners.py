"""Whoever belongs to the audience after a later import is asked too, if the campaign wants it."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.directory.models import Employee
from accounts.directory.services import employee_correct_address
from accounts.imports.services import import_apply, import_read, import_upload
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.population import population_digest
from compliance.campaigns.services import campaign_launch, campaign_pause
from compliance.guides.models import GuideVersion
from compliance.reminders.joiners import joining_due_on
from compliance.reminders.leave_services import leave_record
from compliance.reminders.plan import reminders_plan
from tests.factories import NOON, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

WEDNESDAY = NOON + timedelta(days=9)  # 2 December


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }


@pytest.fixture
def launched(linkedin: GuideVersion, bob: Employee) -> Callable[..., Campaign]:
    """Launches a campaign among Sales; Bob is asked."""

    def make(**fields: Any) -> Campaign:
        fields = {"late_joiners": True, "audience": {"departments": ["Sales"]}} | fields
        campaign = CampaignFactory.create(guide_version=linkedin, **fields)
        return campaign_launch(campaign=campaign, user=None, now=NOON)

    return make


def imported(*lines: str, now: datetime = WEDNESDAY) -> None:
    data = "\n".join(["mail,first name,country,department", *lines]).encode()
    run = import_upload(file=io.BytesIO(data), name="people.csv", user=None, now=now)
    assert import_read(run=run, now=now)
    import_apply(run=run, actor="system", complete=False, confirm_leavers=False, now=now)


def joiners(campaign: Campaign) -> list[Assignment]:
    return list(campaign.assignments.exclude(joined_seq=None).order_by("email"))


def test_somebody_new_is_asked_with_a_due_date_of_their_own(
    launched: Callable[..., Campaign],
) -> None:
    """Fails when the receivers are not connected."""
    campaign = launched()
    imported("carla@example.com,Carla,DE,Sales", "otto@example.com,Otto,DE,Engineering")
    [carla] = joiners(campaign)
    assert (carla.email, carla.first_name) == ("carla@example.com", "Carla")
    # Everyone had 14 working days; so has she, from 2 December on (25 December is a holiday).
    assert carla.due_on == date(2026, 12, 22)
    assert reminders_plan(now=WEDNESDAY) == 1


def test_the_ledger_commits_to_those_who_joined_and_the_launch_stays_as_it_was(
    launched: Callable[..., Campaign],
) -> None:
    campaign = launched()
    before = population_digest(campaign)
    imported("carla@example.com,Carla,DE,Sales", "mei@example.com,Mei,CN,Sales")
    decision = campaign.decisions.get(kind="joined")
    people, root = population_digest(campaign, joined_seq=decision.seq)
    assert decision.detail["joined"] == people == 2
    assert decision.detail["joined_population"] == root.hex()
    assert sum(decision.detail["joined_excluded"].values()) == sum(
        bool(person.exclusion) for person in joiners(campaign)
    )
    assert {person.joined_seq for person in joiners(campaign)} == {decision.seq}
    assert population_digest(campaign) == before


def test_another_import_of_the_same_people_adds_nobody_and_records_nothing(
    launched: Callable[..., Campaign],
) -> None:
    campaign = launched()
    for _ in range(2):
        imported("carla@example.com,Carla,DE,Sales")
    assert len(joiners(campaign)) == 1
    assert campaign.decisions.filter(kind="joined").count() == 1


def test_whoever_moves_into_the_audience_joins_it(
    launched: Callable[..., Campaign], deniz: Employee
) -> None:
    campaign = launched()
    imported("deniz@example.com,Deniz,TR,Sales")
    assert [person.employee for person in joiners(campaign)] == [deniz]


@pytest.mark.parametrize("fields", [{"late_joiners": False}, {"closes_on": date(2026, 12, 4), "due_on": date(2026, 12, 4)}])  # fmt: skip
def test_nobody_joins_a_campaign_that_does_not_want_it_or_closes_in_three_days(
    launched: Callable[..., Campaign], fields: Any
) -> None:
    """Fails without the filter on `late_joiners`; without the comparison with `closes_on`."""
    campaign = launched(**fields)
    imported("carla@example.com,Carla,DE,Sales")
    assert not joiners(campaign)


def test_nobody_joins_while_it_is_paused_or_by_a_corrected_address(
    launched: Callable[..., Campaign], bob: Employee
) -> None:
    campaign = launched()
    campaign_pause(campaign=campaign, user=None, now=NOON)
    imported("carla@example.com,Carla,DE,Sales")
    Campaign.objects.update(state="running")
    employee_correct_address(employee=bob, email="b@example.com", user=None, now=WEDNESDAY)
    assert not joiners(campaign)
    imported("otto@example.com,Otto,DE,Sales")
    assert len(joiners(campaign)) == 2


def test_a_leaver_never_joins(launched: Callable[..., Campaign]) -> None:
    campaign = launched()
    EmployeeFactory.create(left=True, department="Sales")
    imported("otto@example.com,Otto,DE,Engineering")
    assert not joiners(campaign)


def test_whoever_joins_with_planned_leave_has_more_time(
    launched: Callable[..., Campaign], deniz: Employee
) -> None:
    campaign = launched(audience={"departments": ["Engineering", "Sales"], "countries": ["DE"]})
    Employee.objects.filter(pk=deniz.pk).update(country="XX")
    leave_record(
        employee=deniz, starts_on=date(2026, 12, 3), ends_on=date(2026, 12, 4), user=None, now=NOON
    )
    imported("deniz@example.com,Deniz,DE,Sales", "carla@example.com,Carla,DE,Sales")
    days = {person.email: person.due_on for person in joiners(campaign)}
    assert days == {
        "carla@example.com": date(2026, 12, 22),
        "deniz@example.com": date(2026, 12, 24),
    }


@pytest.mark.parametrize(
    ("country", "day", "due"),
    [
        ("DE", date(2026, 11, 23), date(2026, 12, 11)),
        ("DE", date(2026, 12, 2), date(2026, 12, 22)),
        ("US", date(2026, 11, 23), date(2026, 12, 11)),  # one working day fewer: Thanksgiving
        ("DE", date(2026, 12, 23), date(2026, 12, 31)),  # never past the last day
    ],
)
def test_a_joiner_has_as_many_working_days_as_everyone_had(
    linkedin: GuideVersion, country: str, day: date, due: date
) -> None:
    assert joining_due_on(CampaignFactory.build(), country, day) == due


def test_an_import_takes_as_many_statements_for_one_joiner_as_for_many(
    launched: Callable[..., Campaign], django_assert_max_num_queries: Any
) -> None:
    campaign = launched()
    people = [f"p{number}@example.com,P,DE,Sales" for number in range(30)]
    with django_assert_max_num_queries(75):
        imported(*people, now=datetime(2026, 12, 2, 12, tzinfo=UTC))
    assert len(joiners(campaign)) == 30
