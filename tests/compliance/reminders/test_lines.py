"""Several lines at once, people who answer meanwhile, and a line that is held up."""

import smtplib
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment
from compliance.reminders.handover import START_LEASE
from compliance.reminders.models import Message, State
from compliance.reminders.pump import pump
from compliance.reminders.transports.smtp import SmtpTransport
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, sink
from tests.factories import NOON
from tests.parts import free_port

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_many_lines_send_everything_once(
    server: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    """Promise 1."""
    expected = sorted(owe().assignment.email for _ in range(120))
    report = pump(clock=clock, lines=4)
    assert (report.counts["accepted"], report.pending, report.stopped) == (120, 0, "")
    assert sorted(server.recipients) == expected
    assert len(server.sessions) > 1


def test_people_may_answer_while_many_lines_send(
    server: Sink, owe: Callable[..., Message], ask: Callable[..., Assignment], clock: Clock
) -> None:
    """Promise 2, and nobody waits in a circle: fails with deadlocks when an ending locks its
    message before its assignment. What was started before an answer's commit may still arrive."""
    people = [ask() for _ in range(60)]
    for person in people:
        owe(person)
    answered: dict[UUID, float] = {}
    failures: list[BaseException] = []

    def answer_all() -> None:
        try:
            for person in people[::-1]:
                attestation_record(
                    assignment_id=person.pk, link_version=1, answer="was_off", now=NOON
                )
                answered[person.pk] = time.monotonic()
        except BaseException as error:  # noqa: BLE001 - looked at below
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=answer_all)
    thread.start()
    report = pump(clock=clock, lines=3)
    thread.join(60)
    pump(clock=clock)
    assert failures == []
    assert len(answered) == len(people)
    assert set(Message.objects.values_list("state", flat=True)) <= {State.ACCEPTED, State.CANCELLED}
    sent = Message.objects.filter(state=State.ACCEPTED).count()
    assert sent == len(server.recipients) == report.counts["accepted"]


def test_a_server_that_takes_few_lines_still_gets_everything(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    for _ in range(5):
        owe()
    with sink() as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        assert pump(clock=clock, lines=2).counts["accepted"] == 5


def test_a_line_that_is_still_connecting_holds_up_no_other(
    owe: Callable[..., Message], clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when the connection is opened in the thread that all lines share."""
    for _ in range(6):
        owe()
    opened, first, served = SmtpTransport._opened, iter([True]), threading.Semaphore(0)

    def slow_once(transport: SmtpTransport) -> smtplib.SMTP:
        if next(first, False):
            for _ in range(4):
                assert served.acquire(timeout=30)
        return opened(transport)

    def rcpt(_address: str) -> str:
        served.release()
        return "250 OK"

    monkeypatch.setattr(SmtpTransport, "_opened", slow_once)
    with sink(rcpt=rcpt) as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        assert pump(clock=clock, lines=2).counts["accepted"] == 6


def test_the_report_says_so_when_no_line_gets_through(
    owe: Callable[..., Message], clock: Clock, settings: Settings
) -> None:
    owe()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    report = pump(clock=clock, lines=3)
    assert "Check host and port" in report.stopped
    assert report.pending == 1


def test_a_fault_in_one_line_ends_all_and_is_raised(
    server: Sink, owe: Callable[..., Message], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was started and cannot be written is given back: no mail has left."""
    for _ in range(3):
        owe()

    def broken(*_args: object, **_named: object) -> bytes:
        raise RuntimeError("no such template")

    monkeypatch.setattr("compliance.reminders.worker.mail_bytes", broken)
    with pytest.raises(RuntimeError):
        pump(clock=clock, lines=2)
    assert server.mails == []
    assert set(Message.objects.values_list("state", flat=True)) == {State.PENDING}


def test_a_line_held_up_between_start_and_mail_does_not_send(
    server: Sink, owe: Callable[..., Message], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then others may have called it uncertain, and an officer may have sent it again.

    Fails without the look at the clock in `_composed`: the sleeper hands its mail over.
    """
    message = owe()

    def slowly(*_args: object, now: datetime) -> bytes:
        clock.now = now + START_LEASE
        return b"Subject: late\r\n\r\nlate\r\n"

    monkeypatch.setattr("compliance.reminders.worker.mail_bytes", slowly)
    pump(clock=clock)
    message.refresh_from_db()
    assert server.mails == []
    assert (message.state, message.attempts) == (State.PENDING, 0)


def test_the_answer_of_the_last_mail_is_written_down_though_the_next_is_refused(
    owe: Callable[..., Message], ask: Callable[..., Assignment], clock: Clock, settings: Settings
) -> None:
    good = owe(ask(email="good@example.com"), next_at=NOON - timedelta(minutes=1))
    bad = owe(ask(email="bad@example.com"))

    def rcpt(address: str) -> str:
        return "550 no" if address.startswith("bad") else "250 OK"

    with sink(rcpt=rcpt) as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        pump(clock=clock)
    for message, state in ((good, State.ACCEPTED), (bad, State.REJECTED)):
        message.refresh_from_db()
        assert message.state == state
