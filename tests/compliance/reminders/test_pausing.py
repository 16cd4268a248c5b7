from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import (
    campaign_pause,
    campaign_resume,
    campaigns_close_ended,
)
from compliance.reminders.models import Message, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON, MessageFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

WEEK_LATER = NOON + timedelta(days=7)


def pause(campaign: Campaign, now: datetime = NOON) -> None:
    campaign_pause(campaign=campaign, user=None, now=now)


def resume(campaign: Campaign, now: datetime = WEEK_LATER) -> None:
    campaign_resume(campaign=campaign, user=None, now=now)


@pytest.mark.parametrize("state", [State.PENDING, State.DEFERRED, State.LEASED])
def test_a_pause_cancels_what_waits_in_the_same_transaction(
    campaign: Campaign, owe: Callable[..., Message], state: str
) -> None:
    """Promise 2. Without `asking_stopped` in `campaign_pause` it stays queued."""
    message = owe(state=state)
    pause(campaign)
    message.refresh_from_db()
    assert (message.state, message.reason, message.next_at) == (State.CANCELLED, "paused", None)


def test_what_was_cancelled_by_a_pause_is_owed_again_after_it(
    server: Sink, campaign: Campaign, owe: Callable[..., Message], clock: Clock
) -> None:
    owe()
    pause(campaign)
    resume(campaign)
    clock.now = WEEK_LATER
    assert reminders_plan(now=clock.now) == 1
    pump(clock=clock)
    assert len(server.mails) == 1


def test_reminders_move_on_by_the_working_days_of_the_pause(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    bob = ask(invited=True)  # on Monday; the third working day is Thursday
    pause(campaign, NOON + timedelta(days=1))
    resume(campaign, NOON + timedelta(days=8))  # five working days later
    bob.refresh_from_db()
    assert bob.counts_from == date(2026, 11, 30)
    assert reminders_plan(now=datetime(2026, 12, 2, 12, tzinfo=UTC)) == 0
    assert reminders_plan(now=datetime(2026, 12, 3, 12, tzinfo=UTC)) == 1


def test_whoever_was_invited_on_the_day_of_the_pause_waits_as_long_after_it(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    """Without `counts_from + _DAY` the day of the invitation is skipped twice."""
    bob = ask(invited=True)
    pause(campaign)
    resume(campaign)
    bob.refresh_from_db()
    assert bob.counts_from == date(2026, 11, 27)


def test_each_countrys_own_working_days_count(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    carla = ask(invited=True, country="US")
    pause(campaign, NOON + timedelta(days=1))
    resume(campaign, NOON + timedelta(days=8))
    carla.refresh_from_db()
    assert carla.counts_from == date(2026, 11, 30)  # four working days, over Thanksgiving


def test_the_due_date_and_the_last_day_move_on_and_are_written_down(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    bob = ask()
    pause(campaign, NOON + timedelta(days=1))
    resume(campaign, NOON + timedelta(days=8))
    campaign.refresh_from_db()
    bob.refresh_from_db()
    assert (campaign.due_on, campaign.closes_on) == (date(2026, 12, 18), date(2027, 1, 7))
    assert bob.due_on == campaign.due_on
    decision = campaign.decisions.get(kind="resumed")
    assert decision.detail == {"due_on": "2026-12-18", "closes_on": "2027-01-07"}


def test_resuming_does_not_burst(
    server: Sink, campaign: Campaign, ask: Callable[..., Assignment], clock: Clock
) -> None:
    """Without `clocks_shift` everybody gets the reminder of the pause's days at once."""
    for _ in range(5):
        MessageFactory.create(assignment=ask(invited=True), state=State.ACCEPTED, next_at=None)
    pause(campaign)
    clock.now = NOON + timedelta(days=14)
    resume(campaign, clock.now)
    reminders_plan(now=clock.now)
    pump(clock=clock)
    assert server.mails == []


def test_a_pause_within_one_day_moves_nothing(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    bob = ask(invited=True)
    pause(campaign)
    resume(campaign, NOON + timedelta(hours=3))
    bob.refresh_from_db()
    assert (bob.counts_from, bob.due_on) == (date(2026, 11, 23), date(2026, 12, 11))


def test_a_paused_campaign_is_not_closed_by_its_last_day(campaign: Campaign) -> None:
    pause(campaign)
    assert campaigns_close_ended(now=datetime(2027, 3, 1, tzinfo=UTC)) == 0
