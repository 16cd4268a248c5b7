"""Who gets no mail, and when nobody does."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders.models import Instance, Message, State
from compliance.reminders.pump import pump
from ledger.commands import Refusal
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.mark.parametrize(
    "change",
    [
        {"closed_at": NOON},
        {"withdrawn": True},
        {"exclusion": "no_setting_in_country"},
    ],
)
def test_nobody_gets_a_mail_after_answering_or_leaving(
    server: Sink, owe: Callable[..., Message], clock: Clock, change: Any
) -> None:
    """Promise 2. Without `permitted` in `claim` and `start` these are sent."""
    message = owe()
    type(message.assignment).objects.update(**change)
    pump(clock=clock)
    assert server.mails == []


def test_nobody_who_left_gets_a_mail(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    message = owe()
    type(message.assignment.person).objects.update(active=False, left_at=NOON)
    pump(clock=clock)
    assert server.mails == []


@pytest.mark.parametrize("state", ["paused", "closed", "draft"])
def test_a_campaign_that_does_not_run_sends_nothing(
    server: Sink, owe: Callable[..., Message], clock: Clock, state: str
) -> None:
    owe()
    Campaign.objects.update(state=state)
    pump(clock=clock)
    assert server.mails == []


def test_a_paused_campaign_goes_on_where_it_stopped(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe()
    Campaign.objects.update(state="paused")
    pump(clock=clock)
    Campaign.objects.update(state="running")
    pump(clock=clock)
    assert len(server.mails) == 1


def test_nothing_leaves_after_the_last_day(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe()
    Campaign.objects.update(closes_on=date(2026, 11, 22))
    pump(clock=clock)
    assert server.mails == []


def test_nothing_leaves_outside_of_the_window_but_invitations_to_be_sent_at_once(
    server: Sink, ask: Callable[..., Assignment], owe: Callable[..., Message], clock: Clock
) -> None:
    owe(leave_by=clock.now + timedelta(hours=6))
    owe()
    clock.move(hours=8)
    pump(clock=clock)
    assert len(server.mails) == 1


def test_only_the_named_campaign_is_sent(
    server: Sink, owe: Callable[..., Message], clock: Clock, campaign: Campaign
) -> None:
    owe()
    assert pump(clock=clock, campaign_id=campaign.pk + 1).numbers()["pending"] == 0
    assert server.mails == []


def test_held_sending_sends_nothing(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe()
    Instance.objects.create(fingerprint="another")
    with pytest.raises(Refusal, match="held"):
        pump(clock=clock)
    assert server.mails == []
    assert Message.objects.get().state == State.PENDING
