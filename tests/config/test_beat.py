"""What beat starts: every entry is a task that exists, carries nothing and may run twice."""

from datetime import date
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from time_machine import TimeMachineFixture

from compliance.campaigns.models import Campaign
from compliance.guides.models import GuideVersion
from ledger.models import Checkpoint
from tests.factories import NOON, CampaignFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NAMES = sorted(settings.CELERY_BEAT_SCHEDULE)


@pytest.fixture(autouse=True)
def _tasks() -> None:
    current_app.loader.import_default_modules()


def run(name: str) -> None:
    current_app.tasks[name].apply(throw=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_task_runs_twice_without_harm(name: str, linkedin: GuideVersion) -> None:
    run(name)
    run(name)


def test_no_entry_carries_arguments_or_waits_in_the_broker() -> None:
    entries: list[dict[str, Any]] = list(settings.CELERY_BEAT_SCHEDULE.values())
    for entry in entries:
        assert set(entry) == {"task", "schedule", "options"}
        assert set(entry["options"]) == {"expires"}


def test_a_campaign_closes_by_itself_after_its_last_day(
    linkedin: GuideVersion, time_machine: TimeMachineFixture
) -> None:
    campaign = CampaignFactory.create(running=True, closes_on=date(2026, 12, 31))
    time_machine.move_to(NOON.replace(month=12, day=31))
    run("compliance.campaigns.tasks.lifecycle")
    assert Campaign.objects.get(pk=campaign.pk).state == "running"
    time_machine.move_to(NOON.replace(year=2027, month=1, day=1))
    run("compliance.campaigns.tasks.lifecycle")
    assert Campaign.objects.get(pk=campaign.pk).state == "closed"
    assert campaign.decisions.get().kind == "closed"


def test_a_checkpoint_is_signed_by_the_hour(linkedin: GuideVersion) -> None:
    run("ledger.tasks.checkpoint")
    assert Checkpoint.objects.count() == 1
