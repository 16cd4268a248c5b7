"""A campaign before and after its launch, and what the rooms above are told."""

import json
from typing import Any

import pytest

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns import services
from compliance.campaigns.models import Campaign
from compliance.campaigns.signals import asking_stopped, campaign_launched
from compliance.guides.models import GuideVersion
from ledger.models import Event
from tests.factories import NOON, CampaignFactory


def last_event() -> Any:
    """The body of the ledger's newest event."""
    return json.loads(Event.objects.latest("seq").body)


@pytest.fixture
def draft(linkedin: GuideVersion, bob: Employee, carla: Employee) -> Any:
    """A draft for Bob and Carla."""
    return CampaignFactory.create(name="LinkedIn, autumn", reply_to="privacy@example.com")


@pytest.fixture
def running(draft: Campaign, alice: User) -> Any:
    """The same, launched by Alice."""
    return services.campaign_launch(campaign=draft, user=alice, now=NOON)


@pytest.fixture
def heard() -> Any:
    """What the rooms above were told."""
    calls = []

    def hear(**told: Any) -> None:
        if "assignments" in told:
            told["assignments"] = set(told["assignments"].values_list("email", flat=True))
        calls.append(told)

    for signal in (asking_stopped, campaign_launched):
        signal.connect(hear)
    yield calls
    for signal in (asking_stopped, campaign_launched):
        signal.disconnect(hear)


@pytest.fixture
def spring(linkedin: GuideVersion) -> Any:
    """Another one, still a draft."""
    return CampaignFactory.create(name="Draft of spring")


@pytest.fixture
def noon(time_machine: Any) -> None:
    """The day of the launch; the pages tell the time themselves."""
    time_machine.move_to(NOON, tick=False)
