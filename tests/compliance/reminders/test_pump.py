from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders.handover import START_LEASE
from compliance.reminders.instance import instance_check
from compliance.reminders.models import Instance, Message, Outcome, State
from compliance.reminders.outbox import BATCH, claim
from compliance.reminders.pump import pump
from compliance.reminders.transports import smtp
from compliance.reminders.verdicts import GIVE_UP_AFTER, WAITS
from ledger.commands import Refusal
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, scripted, sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def outcomes(message: Message) -> list[tuple[int, str, int]]:
    return list(message.outcomes.order_by("id").values_list("attempt", "state", "code"))


def at(settings: Settings, port: int) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"


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
    type(message.assignment.employee).objects.update(active=False, left_at=NOON)
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


def test_an_address_refused_for_good_is_undeliverable(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    with sink(rcpt=lambda address: f"550 no such user {address}") as server:
        at(settings, server.port)
        message = owe()
        report = pump(clock=clock)
    message.refresh_from_db()
    assert report.counts["rejected"] == 1
    assert message.assignment.__class__.objects.get().undeliverable
    assert message.recipient == message.assignment.email
    assert message.outcomes.get().answer == "no such user <address>"


def test_one_refused_address_does_not_stop_the_others(
    ask: Callable[..., Assignment], owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    with sink(rcpt=lambda address: "550 no" if address.startswith("bad") else "250 OK") as server:
        at(settings, server.port)
        for name in ("bad1", "good1", "bad2", "good2"):
            owe(ask(email=f"{name}@example.com"))
        report = pump(clock=clock)
    assert (report.counts["accepted"], report.counts["rejected"]) == (2, 2)
    assert sorted(server.recipients) == ["good1@example.com", "good2@example.com"]


def test_what_is_put_off_waits_longer_each_time_and_is_given_up_after_four_days(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    with sink(data=lambda envelope: "451 try later") as server:
        at(settings, server.port)
        Campaign.objects.update(send_now=True)
        message = owe()
        for wait in (*WAITS, WAITS[-1]):
            assert pump(clock=clock).counts["deferred"] == 1
            message.refresh_from_db()
            assert message.next_at == clock.now + wait
            assert pump(clock=clock).counts["deferred"] == 0
            clock.move(seconds=wait.total_seconds())
        clock.now = NOON + GIVE_UP_AFTER
        assert pump(clock=clock).counts["rejected"] == 1
    message.refresh_from_db()
    assert message.reason == "gave up after 4 days: try later"


def test_date_id_and_recipient_stay_what_they_were_at_the_first_try(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    answers = iter(["451 try later", "250 queued"])
    with sink(data=lambda envelope: next(answers)) as server:
        at(settings, server.port)
        message = owe()
        pump(clock=clock)
        employee = message.assignment.employee
        first, employee.email = employee.email, "new@example.com"
        employee.save()
        clock.move(minutes=5)
        pump(clock=clock)
    (mail,) = server.mails
    assert server.recipients == [first]
    assert mail["Date"].datetime == NOON
    assert mail["Message-ID"] == f"<{message.id.hex}@example.com>"


@pytest.mark.parametrize("where", ["rcpt", "mail", "data"])
def test_a_line_lost_before_the_mail_leaves_it_waiting(
    owe: Callable[..., Message], clock: Clock, settings: Settings, where: str
) -> None:
    with scripted(**{where: ""}) as server:
        at(settings, server.port)
        message = owe()
        owe()
        report = pump(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.PENDING, 0)
    assert "hangs up" in report.stopped
    assert report.pending == 2


def test_a_line_lost_after_the_mail_leaves_it_uncertain_and_it_is_never_sent_again(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    """Promise 1. Were it released instead, the next run would send it a second time."""
    with scripted(dot="") as server:
        at(settings, server.port)
        message = owe()
        assert pump(clock=clock).counts["uncertain"] == 1
    message.refresh_from_db()
    assert (message.state, outcomes(message)) == (State.UNCERTAIN, [(1, State.UNCERTAIN, 0)])
    message.assignment.refresh_from_db()
    assert message.assignment.invited_on == NOON.date()
    with sink() as well:
        at(settings, well.port)
        clock.move(days=1)
        pump(clock=clock)
    assert well.mails == []


def test_a_server_that_stalls_after_the_mail_leaves_it_uncertain(
    owe: Callable[..., Message], clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(dot=None) as server:
        impatient = smtp.SmtpTransport("127.0.0.1", server.port, timeout=0.2)
        monkeypatch.setattr("compliance.reminders.pump.configured", lambda: impatient)
        message = owe()
        pump(clock=clock)
    message.refresh_from_db()
    assert message.state == State.UNCERTAIN


def test_a_server_that_cuts_every_line_is_left_alone_after_two(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    """What a broken server leaves unknown is bounded."""
    with scripted(dot="") as server:
        at(settings, server.port)
        for _ in range(5):
            owe()
        report = pump(clock=clock)
    assert (report.counts["uncertain"], report.pending) == (2, 3)
    assert "hangs up" in report.stopped


def test_a_server_that_is_down_is_no_messages_fault(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    with sink() as server:
        at(settings, server.port)
    message = owe()
    report = pump(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.PENDING, 0)
    assert "Check host and port" in report.stopped


def test_without_a_mail_server_it_says_what_to_set(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_URL = ""
    with pytest.raises(Refusal, match="EMAIL_URL"):
        pump(clock=clock)


def test_an_address_that_cannot_be_written_is_refused_for_itself_alone(
    server: Sink, ask: Callable[..., Assignment], owe: Callable[..., Message], clock: Clock
) -> None:
    bad = owe(ask(email="a b@example.com"))
    owe()
    assert pump(clock=clock).counts == {"accepted": 1, "rejected": 1, "uncertain": 0}
    bad.refresh_from_db()
    assert "cannot be written" in bad.reason


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


def test_held_sending_sends_nothing(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    owe()
    Instance.objects.create(fingerprint="another")
    with pytest.raises(Refusal, match="held"):
        pump(clock=clock)
    assert server.mails == []
    assert Message.objects.get().state == State.PENDING


def test_every_try_is_on_record(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    answers = iter(["451 later", "250 queued"])
    with sink(data=lambda envelope: next(answers)) as server:
        at(settings, server.port)
        message = owe()
        pump(clock=clock)
        clock.move(minutes=5)
        pump(clock=clock)
    assert outcomes(message) == [(1, State.DEFERRED, 451), (2, State.ACCEPTED, 250)]
    assert Outcome.objects.filter(recipient=message.assignment.email).count() == 2
