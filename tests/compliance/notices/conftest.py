"""The stage of the notices room: the mail room's, and a team with its manager."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.directory.models import Employee
from compliance.campaigns.models import Campaign
from tests.compliance.reminders.conftest import (
    Clock,
    _own_installation,
    ask,
    campaign,
    clock,
    owe,
    server,
)
from tests.factories import NOON, AssignmentFactory, EmployeeFactory

__all__ = ["Clock", "_own_installation", "ask", "campaign", "clock", "owe", "server"]


@pytest.fixture(autouse=True)
def _company(settings: Settings) -> None:
    settings.COMPANY_NAME, settings.PUBLIC_URL = "Werk Süd", "https://optrail.example.com"


@pytest.fixture
def team(campaign: Campaign) -> Callable[..., Employee]:
    """A manager, `asked` people of theirs in the campaign, of whom `answered` have answered."""

    def asked_team(asked: int, answered: int = 0, **manager: Any) -> Employee:
        boss: Employee = EmployeeFactory.create(**manager)
        for number in range(asked):
            closed = NOON if number < answered else None
            AssignmentFactory.create(campaign=campaign, manager=boss, closed_at=closed)
        return boss

    return asked_team
