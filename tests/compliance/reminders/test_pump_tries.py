"""What a mail server says, or fails to say, and what becomes of the mail."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.pump import pump
from compliance.reminders.transports import smtp
from compliance.reminders.verdicts import GIVE_UP_AFTER, WAITS
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, scripted, sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def outcomes(message: Message) -> list[tuple[int, str, int]]:
    return list(message.outcomes.order_by("id").values_list("attempt", "state", "code"))


def at(settings: Settings, port: int) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"


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
        employee = message.assignment.person
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


def test_an_address_that_cannot_be_written_is_refused_for_itself_alone(
    server: Sink, ask: Callable[..., Assignment], owe: Callable[..., Message], clock: Clock
) -> None:
    bad = owe(ask(email="a b@example.com"))
    owe()
    assert pump(clock=clock).counts == {"accepted": 1, "rejected": 1, "uncertain": 0}
    bad.refresh_from_db()
    assert "cannot be written" in bad.reason


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
