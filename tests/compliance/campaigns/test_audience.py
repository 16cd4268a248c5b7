"""Who is asked, frozen as they are on the day of the launch."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.directory.models import Employee
from compliance.campaigns.audience import (
    asked,
    audience,
    audience_freeze,
    exclusions,
    frozen_exclusions,
)
from compliance.campaigns.models import Assignment
from compliance.campaigns.population import population_digest
from compliance.guides.models import GuideVersion
from tests.factories import CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
BEFORE_THE_EEA = date(2025, 10, 1)


@pytest.fixture
def cast(bob: Employee, carla: Employee, deniz: Employee) -> Any:
    """Everybody who works here."""
    return bob, carla, deniz


def frozen(employee: Employee) -> Any:
    return Assignment.objects.get(employee=employee)


def test_everyone_active_is_in_scope_when_nothing_is_limited(
    linkedin: GuideVersion, bob: Employee, carla: Employee
) -> None:
    EmployeeFactory.create(left=True)
    assert set(audience(CampaignFactory.create())) == {bob, carla}


@pytest.mark.parametrize(
    ("limits", "who"),
    [
        ({"countries": ["DE"]}, {"Bob"}),
        ({"countries": ["DE", "US"], "departments": ["Sales"]}, {"Bob", "Carla"}),
        ({"departments": ["Engineering"], "countries": []}, {"Deniz"}),
        ({"employment_types": ["Contractor"]}, set()),
    ],
)
def test_each_limit_narrows_the_audience(
    linkedin: GuideVersion, cast: Any, limits: Any, who: Any
) -> None:
    campaign = CampaignFactory.create(audience=limits)
    assert {employee.first_name for employee in audience(campaign)} == who


def test_whoever_does_not_have_the_setting_on_the_first_day_is_excluded(
    linkedin: GuideVersion, bob: Employee, carla: Employee
) -> None:
    """Fails when the freeze leaves the guide's region rule out."""
    campaign = CampaignFactory.create(opens_on=BEFORE_THE_EEA)
    assert exclusions(campaign) == {"no_setting_in_country": 1}
    assert list(asked(campaign)) == [carla]
    audience_freeze(campaign)
    assert frozen(bob).exclusion == "no_setting_in_country"
    assert frozen(carla).exclusion == ""
    assert frozen_exclusions(campaign) == {"no_setting_in_country": 1}


def test_asking_everywhere_excludes_nobody(linkedin: GuideVersion, bob: Employee) -> None:
    campaign = CampaignFactory.create(opens_on=BEFORE_THE_EEA, ask_everywhere=True)
    assert exclusions(campaign) == {}
    audience_freeze(campaign)
    assert frozen(bob).exclusion == ""


def test_somebody_whose_country_is_unknown_is_asked(linkedin: GuideVersion) -> None:
    EmployeeFactory.create(country="")
    assert exclusions(CampaignFactory.create(opens_on=BEFORE_THE_EEA)) == {}


@pytest.mark.parametrize(
    ("own", "of_the_campaign", "asked_in"),
    [
        ("de", "", "de"),
        ("de-AT", "en", "de"),
        ("DE", "", "de"),
        ("tr", "de", "de"),
        ("tr", "", "en"),
        ("", "de", "de"),
        ("", "fr", "en"),
        ("den", "", "en"),
    ],
)
def test_people_are_asked_in_their_own_language_where_the_guide_has_it(
    linkedin: GuideVersion, own: Any, of_the_campaign: Any, asked_in: Any
) -> None:
    employee = EmployeeFactory.create(language=own)
    audience_freeze(CampaignFactory.create(language=of_the_campaign))
    assert frozen(employee).language == asked_in


def test_attributes_are_copied_and_stay_when_the_directory_changes(
    linkedin: GuideVersion, bob: Employee, carla: Employee
) -> None:
    bob.manager, bob.office = carla, "Köln"
    bob.save()
    audience_freeze(CampaignFactory.create())
    bob.department, bob.email = "Marketing", "robert@example.com"
    bob.save()
    row = frozen(bob)
    assert (row.email, row.first_name, row.last_name) == ("bob@example.com", "Bob", "Berger")
    assert (row.department, row.country, row.office) == ("Sales", "DE", "Köln")
    assert (row.external_id, row.sort_name) == (bob.external_id, "berger, bob")
    assert (row.manager_name, row.employment_type) == ("Carla Conti", "Employee")
    assert frozen(carla).manager_name == ""


def test_a_manager_without_a_name_is_named_by_address_and_a_missing_id_is_empty(
    linkedin: GuideVersion,
) -> None:
    boss = EmployeeFactory.create(first_name="", last_name="", email="boss@example.com")
    employee = EmployeeFactory.create(manager=boss, external_id=None)
    audience_freeze(CampaignFactory.create())
    assert frozen(employee).manager_name == "boss@example.com"
    assert frozen(employee).external_id == ""


def test_freezing_is_one_statement_however_many_people(linkedin: GuideVersion) -> None:
    EmployeeFactory.create_batch(30)
    campaign = CampaignFactory.create()
    with CaptureQueriesContext(connection) as queries:
        assert audience_freeze(campaign) == 30
    assert [query["sql"].split()[0] for query in queries] in (["INSERT"], ["INSERT", "ANALYZE"])
    assert len(set(campaign.assignments.values_list("id"))) == 30


def test_the_digest_names_exactly_the_frozen_population(
    linkedin: GuideVersion, bob: Employee, carla: Employee
) -> None:
    campaign = CampaignFactory.create()
    audience_freeze(campaign)
    size, root = population_digest(campaign)
    assert size == 2
    assert population_digest(campaign) == (size, root)
    Assignment.objects.filter(employee=bob).update(department="Marketing")
    assert population_digest(campaign)[1] != root
