"""Bob and Carla are asked about LinkedIn; it is Monday noon."""

import threading
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connections
from django.test import Client

from accounts.directory.models import Employee
from compliance.campaigns.links import token_make
from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from tests.factories import NOON, AssignmentFactory, CampaignFactory


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """The clock stands at noon of the day on which the campaign opens."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def campaign(linkedin: GuideVersion) -> Campaign:
    """The LinkedIn question, running."""
    return CampaignFactory.create(
        running=True, guide_version=linkedin, reply_to="privacy@example.com"
    )


@pytest.fixture
def for_bob(campaign: Campaign, bob: Employee) -> Assignment:
    """What Bob is asked, in German."""
    return AssignmentFactory.create(campaign=campaign, employee=bob, language="de")


@pytest.fixture
def for_carla(campaign: Campaign, carla: Employee) -> Assignment:
    """What Carla is asked, in English."""
    return AssignmentFactory.create(campaign=campaign, employee=carla)


@pytest.fixture
def phone() -> Client:
    """Somebody's browser, without any account or cookie; it keeps to CSRF checks."""
    return Client(
        enforce_csrf_checks=True,
        headers={"x-forwarded-proto": "https", "user-agent": "Mozilla/5.0 (iPhone) Mobile"},
    )


def link(assignment: Assignment, rest: str = "") -> str:
    """The path of somebody's personal page."""
    return f"/a/{token_make(assignment.pk, assignment.link_version)}{rest}"


def together(*work: Callable[[], object]) -> list[Exception]:
    """Run every function in a thread of its own, at the same moment; returns what they raised."""
    start = threading.Barrier(len(work))
    raised: list[Exception] = []

    def run(function: Callable[[], object]) -> None:
        try:
            start.wait()
            function()
        except Exception as error:  # noqa: BLE001 - the test asserts on it
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(function,)) for function in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
