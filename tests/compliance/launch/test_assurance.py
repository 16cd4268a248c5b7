"""Before a launch: who could not show who they are."""

import uuid

import pytest
from pytest_django import Settings

from accounts.directory.models import Employee
from compliance.campaigns.models import Assurance, Campaign
from compliance.guides.models import GuideVersion
from compliance.launch.obstacles import launch_notes, launch_obstacles
from tests.factories import NOON, CampaignFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TENANT = {"tenant_id": "t", "client_id": "c"}


@pytest.fixture
def draft(linkedin: GuideVersion) -> Campaign:
    return CampaignFactory.create(guide_version=linkedin, assurance=Assurance.SSO)


def test_a_launch_with_sign_in_needs_a_tenant(draft: Campaign, settings: Settings) -> None:
    def stands_in_the_way() -> bool:
        reasons = launch_obstacles(draft, now=NOON)
        return any("no tenant is connected" in reason for reason in reasons)

    settings.ENTRA = {}
    assert stands_in_the_way()
    settings.ENTRA = TENANT
    assert not stands_in_the_way()
    settings.ENTRA, draft.assurance = {}, Assurance.CODE
    assert not stands_in_the_way()


def test_it_says_how_many_have_no_object_id(
    draft: Campaign, bob: Employee, carla: Employee, deniz: Employee
) -> None:
    """Neither a number of the staff nor nothing is an object id."""
    draft.ask_everywhere = True
    for person, key in ((bob, None), (carla, "E00042"), (deniz, str(uuid.uuid4()).upper())):
        person.external_id = key
        person.save()
    assert any("2 people have no object id" in note for note in launch_notes(draft, now=NOON))
    draft.assurance = Assurance.LINK
    assert not any("object id" in note for note in launch_notes(draft, now=NOON))
