"""Twelve people who are easy to find, asked, mailed and partly answered; it is Monday noon."""

from pathlib import Path
from typing import Any

import pytest

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from tests.compliance.retention.company import (
    answered,
    imported,
    launched,
    line,
    mailed,
    on_leave,
)


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }
    return tmp_path


@pytest.fixture
def campaign(linkedin: GuideVersion) -> Campaign:
    """Asked, mailed and sealed; 1 to 4 have answered, 5 is away."""
    imported(*map(line, range(12)))
    campaign = launched(linkedin)
    mailed(campaign)
    for number in range(1, 5):
        answered(asked(number))
    on_leave(asked(5))
    return campaign


def person(number: int) -> Employee:
    """Somebody by number."""
    return Employee.objects.get(external_id=f"ZQ-{number:05d}")


def asked(number: int) -> Assignment:
    """Somebody's assignment (the latest) by number."""
    rows = Assignment.objects.filter(employee=person(number))
    return rows.order_by("-campaign_id")[0]
