"""One run of the pump: what it hands over, waits for, takes up and gives back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment
from compliance.reminders.handover import START_LEASE
from compliance.reminders.instance import instance_check
from compliance.reminders.models import Message, State
from compliance.reminders.outbox import BATCH, claim
from compliance.reminders.pump import pump
from ledger.commands import Refusal
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def outcomes(message: Message) -> list[tuple[int, str, int]]:
    return list(message.outcomes.order_by("id").values_list("attempt", "state", "code"))


def test_what_is_owed_is_handed_over(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    message = owe()
    report = pump(clock=clock)
    message.refresh_from_db()
    assert report.numbers() == {
        "accepted": 1,
        "deferred": 0,
        "rejected": 0,
        "uncertain": 0,
        "cancelled": 0,
        "pending": 0,
    }
    assert (message.state, message.attempts, message.reason) == (State.ACCEPTED, 1, "queued")
    assert outcomes(message) == [(1, State.ACCEPTED, 250)]
    assert server.recipients == [message.assignment.email]


def test_the_day_of_the_invitation_is_noted_as_the_company_counts_days(
    server: Sink, owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    message = owe()
    clock.move(hours=12)  # Tuesday, 09:00 in Tokyo
    pump(clock=clock)
    message.assignment.refresh_from_db()
    assert message.assignment.invited_on == message.assignment.mailed_on == date(2026, 11, 24)


def test_a_reminder_leaves_the_day_of_the_invitation_alone(
    server: Sink, ask: Callable[..., Assignment], owe: Callable[..., Message], clock: Clock
) -> None:
    bob = ask(invited=True)
    owe(bob, step=1)
    clock.move(days=3)
    pump(clock=clock)
    bob.refresh_from_db()
    assert (bob.invited_on, bob.mailed_on) == (date(2026, 11, 23), date(2026, 11, 26))


def test_a_second_run_sends_nothing_twice(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    """Promise 1. Without the state in `claim`'s condition each run sends everything again."""
    owe()
    for _ in range(3):
        pump(clock=clock)
    assert len(server.mails) == 1


def test_more_than_a_batch_goes_over_one_connection(
    server: Sink, ask: Callable[..., Assignment], owe: Callable[..., Message], clock: Clock
) -> None:
    for _ in range(BATCH + 5):
        owe()
    assert pump(clock=clock).counts["accepted"] == BATCH + 5
    assert len(server.sessions) == 1


def test_without_a_mail_server_it_says_what_to_set(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_URL = ""
    with pytest.raises(Refusal, match="EMAIL_URL"):
        pump(clock=clock)


def test_a_claim_whose_run_died_is_taken_up_again(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe(state=State.LEASED, lease_until=NOON - timedelta(seconds=1))
    assert pump(clock=clock).counts["accepted"] == 1


def test_a_claim_of_another_run_is_left_alone(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe(state=State.LEASED, lease_until=NOON + timedelta(minutes=1))
    assert pump(clock=clock).numbers()["pending"] == 1
    assert server.mails == []


def test_until_idle_waits_for_what_another_run_has_claimed(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe(state=State.LEASED, lease_until=NOON + timedelta(minutes=1))
    assert pump(clock=clock, until_idle=True, wait=clock.wait).counts["accepted"] == 1


def test_a_start_whose_run_died_becomes_uncertain_and_visible(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    """Promise 1. Without `lapsed_settle` it would hang for ever; released, it would go out twice."""
    message = owe(
        state=State.STARTED, lease_until=NOON - timedelta(seconds=1), recipient="x@example.com"
    )
    assert pump(clock=clock).counts["uncertain"] == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.UNCERTAIN, 1)
    message.assignment.refresh_from_db()
    assert message.assignment.invited_on == NOON.date()
    assert server.mails == []


def test_a_start_has_fifteen_minutes_before_it_counts_as_uncertain(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    message = owe(state=State.STARTED, lease_until=NOON + START_LEASE)
    pump(clock=clock)
    message.refresh_from_db()
    assert message.state == State.STARTED


def test_the_rate_holds_in_every_minute(
    server: Sink, owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 10
    for _ in range(25):
        owe()
    assert pump(clock=clock).counts["accepted"] == 10
    clock.move(seconds=59)
    assert pump(clock=clock).counts["accepted"] == 0
    clock.move(seconds=1)
    assert pump(clock=clock).counts["accepted"] == 10


def test_until_idle_waits_for_the_rate(
    server: Sink, owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 10
    for _ in range(25):
        owe()
    assert pump(clock=clock, until_idle=True, wait=clock.wait).counts["accepted"] == 25
    assert clock.now >= NOON + timedelta(minutes=2)


def test_what_other_runs_have_claimed_counts_towards_the_rate(
    server: Sink, owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 3
    instance_check(now=NOON)
    for _ in range(6):
        owe()
    claim(owner=uuid4(), now=NOON, most=1)
    assert pump(clock=clock).counts["accepted"] == 2


def test_a_run_ends_when_its_time_is_up(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe()
    assert pump(clock=clock, budget=timedelta(0)).numbers()["accepted"] == 0


@pytest.mark.parametrize("ticks", range(4, 16))
def test_an_interrupted_run_gives_back_what_it_did_not_start(
    server: Sink, owe: Callable[..., Message], clock: Clock, ticks: int
) -> None:
    for _ in range(3):
        owe()
    left = iter(range(ticks))

    def interrupted() -> datetime:
        if next(left, None) is None:
            left_once.append(None)
            if len(left_once) == 1:
                raise KeyboardInterrupt
        return clock()

    left_once: list[None] = []
    with pytest.raises(KeyboardInterrupt):
        pump(clock=interrupted)
    assert not Message.objects.filter(state=State.LEASED).exists()
    assert Message.objects.filter(state=State.STARTED).count() <= 1
