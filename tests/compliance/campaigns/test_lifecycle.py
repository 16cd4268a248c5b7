"""Pausing, resuming, extending, closing: each is a decision."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.signin.models import User
from compliance.campaigns import services
from compliance.campaigns.models import Campaign, CampaignState
from compliance.guides.models import GuideVersion
from ledger.commands import Refusal
from ledger.models import Event
from tests.compliance.campaigns.conftest import last_event
from tests.factories import NOON, CampaignFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
MOVES = ["campaign_pause", "campaign_resume", "campaign_close"]


def test_pausing_and_resuming_are_decisions(running: Campaign, alice: User) -> None:
    paused = services.campaign_pause(campaign=running, user=alice, now=NOON)
    assert paused.state == CampaignState.PAUSED
    assert services.campaign_resume(campaign=paused, user=None, now=NOON).state == "running"
    kinds = list(running.decisions.values_list("kind", flat=True))
    assert kinds == ["launched", "paused", "resumed"]
    assert last_event()["actor"] == "command"


def test_closing_stops_everyone_in_the_same_transaction(
    running: Campaign, alice: User, heard: Any
) -> None:
    """Fails when the close does not tell the reminders."""
    closed = services.campaign_close(campaign=running, user=alice, now=NOON)
    assert (closed.state, closed.closed_at) == (CampaignState.CLOSED, NOON)
    assert [(call["reason"], call["assignments"]) for call in heard] == [
        ("closed", {"bob@example.com", "carla@example.com"})
    ]
    assert last_event()["kind"] == "campaign.closed"


@pytest.mark.parametrize("move", MOVES)
def test_a_draft_and_a_closed_campaign_refuse_to_move(
    linkedin: GuideVersion, alice: User, move: Any
) -> None:
    for trait in ({}, {"closed": True}):
        campaign = CampaignFactory.create(**trait)
        with pytest.raises(Refusal, match="by now"):
            getattr(services, move)(campaign=campaign, user=alice, now=NOON)
    assert not Event.objects.filter(body__contains="campaign.").exists()


def test_a_campaign_closes_after_its_last_day_and_not_on_it(running: Campaign) -> None:
    last = NOON.replace(month=12, day=31, hour=23, minute=59)
    assert services.campaigns_close_ended(now=last) == 0
    assert services.campaigns_close_ended(now=last + timedelta(minutes=1)) == 1
    assert services.campaigns_close_ended(now=last + timedelta(minutes=2)) == 0
    assert last_event()["actor"] == "system"
    running.refresh_from_db()
    assert running.state == CampaignState.CLOSED


def test_extending_gives_later_days_and_is_a_decision(running: Campaign, alice: User) -> None:
    extended = services.campaign_extend(
        campaign=running,
        due_on=date(2026, 12, 18),
        closes_on=date(2027, 1, 15),
        user=alice,
        now=NOON,
    )
    assert (extended.due_on, extended.closes_on) == (date(2026, 12, 18), date(2027, 1, 15))
    assert last_event()["data"] == {"due_on": "2026-12-18", "closes_on": "2027-01-15"}


@pytest.mark.parametrize(
    ("due_on", "closes_on", "reason"),
    [
        (date(2026, 12, 1), date(2026, 12, 31), "choose these or later"),
        (date(2026, 12, 11), date(2026, 12, 31), "Nothing would change"),
        (date(2027, 1, 11), date(2026, 12, 31), "before the due date"),
    ],
)
def test_an_extension_that_gives_no_time_is_refused(
    running: Campaign, alice: User, due_on: Any, closes_on: Any, reason: Any
) -> None:
    with pytest.raises(Refusal, match=reason):
        services.campaign_extend(
            campaign=running, due_on=due_on, closes_on=closes_on, user=alice, now=NOON
        )


def test_a_closed_campaign_is_not_extended(linkedin: GuideVersion, alice: User) -> None:
    with pytest.raises(Refusal, match="only a running or paused"):
        services.campaign_extend(
            campaign=CampaignFactory.create(closed=True),
            due_on=date(2027, 1, 1),
            closes_on=date(2027, 1, 1),
            user=alice,
            now=NOON,
        )
