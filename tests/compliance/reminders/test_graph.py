"""Mail by Microsoft Graph: what leaves, what answers mean, and that no limit is exceeded."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from compliance.reminders.berth_models import Berth, Rest
from compliance.reminders.berths import AT_ONCE, LEASE, berth_take
from compliance.reminders.models import Bucket, Instance, Message, State
from compliance.reminders.pump import pump
from compliance.reminders.senders import rate_per_day, rate_per_minute
from compliance.reminders.transports import TransportDownError, configured
from compliance.reminders.transports.graph import GraphTransport
from compliance.reminders.transports.line import Envelope, LineLostError
from ledger.commands import Refusal
from tests.compliance.reminders.conftest import Clock
from tests.standins.entra.contract import Answer
from tests.standins.graph.mail import HANG_UP, PostOffice

pytestmark = [pytest.mark.both, pytest.mark.django_db]
Owe = Callable[..., Message]
PRIVACY, SECOND = "privacy@example.com", "second@example.com"
BOB = Envelope(PRIVACY, "bob@example.com")
MAIL = (
    b"From: privacy@example.com\r\nTo: bob@example.com\r\nSubject: Hello\r\n"
    b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n"
)


def error(status: int, code: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": {"code": code, "message": "bob@example.com"}}, named)


def two_mailboxes(office: PostOffice, settings: Settings) -> None:
    settings.EMAIL_URL = f"graph://{PRIVACY},{SECOND}"
    office.scope, office.send_as = {PRIVACY, SECOND}, {PRIVACY}


def transport_on(clock: Clock, *mailboxes: str) -> GraphTransport:
    """One whose waiting moves the clock, second by second."""
    Instance.objects.create(id=1, fingerprint="ours")
    return GraphTransport(mailboxes or (PRIVACY,), clock=clock, wait=lambda _: clock.wait(1))


def test_a_mail_leaves_with_our_own_headers(office: PostOffice, owe: Owe, clock: Clock) -> None:
    message = owe()
    assert pump(clock=clock).numbers()["accepted"] == 1
    [(mailbox, mail)] = office.sent
    assert mailbox == PRIVACY
    assert mail["Message-ID"] == f"<{message.id.hex}@example.com>"
    assert mail["To"].addresses[0].addr_spec == message.assignment.email
    assert mail["Auto-Submitted"] == "auto-generated"
    outcome = message.outcomes.get()
    assert (outcome.state, outcome.code) == (State.ACCEPTED, 202)
    assert not Berth.objects.exists()


@pytest.mark.parametrize(
    ("answer", "state", "stopped"),
    [
        (error(429, "ApplicationThrottled", Retry_After="300"), State.DEFERRED, ""),
        (error(429, "ApplicationThrottled"), State.DEFERRED, ""),
        (error(503, "ServiceUnavailable", Retry_After="300"), State.DEFERRED, ""),
        (error(423, "Locked"), State.DEFERRED, ""),
        (error(400, "ErrorInvalidRecipients"), State.REJECTED, ""),
        (error(413, "ErrorMessageSizeExceeded"), State.REJECTED, ""),
        (error(500, "InternalServerError"), State.UNCERTAIN, ""),
        (error(504, "GatewayTimeout"), State.UNCERTAIN, ""),
        (HANG_UP, State.UNCERTAIN, ""),
        (error(400, "ErrorSubmissionQuotaExceeded"), State.PENDING, "Send As"),
        (error(403, "ErrorSendAsDenied"), State.PENDING, "Send As"),
        (error(404, "ErrorInvalidUser"), State.PENDING, "Application Mail.Send"),
    ],
)
def test_an_answer_is_taken_at_its_word(  # noqa: PLR0917 - fixtures
    office: PostOffice,
    owe: Owe,
    clock: Clock,
    answer: Answer | str,
    state: State,
    stopped: str,
) -> None:
    """Called every loss "not sent", UNCERTAIN fails; every 4xx a refusal, PENDING fails."""
    message = owe()
    office.script = [answer]
    pump(clock=clock)
    message.refresh_from_db()
    assert message.state == state
    assert "bob" not in message.reason
    owe()
    if stopped:
        assert stopped in pump(clock=clock).stopped
        assert len(office.asked) == 1


def test_a_mail_that_was_put_off_waits_as_long_as_microsoft_asks(
    office: PostOffice, owe: Owe, clock: Clock
) -> None:
    message = owe()
    office.script = [error(429, "ApplicationThrottled", Retry_After="1800")]
    pump(clock=clock)
    message.refresh_from_db()
    assert message.next_at == clock.now + timedelta(minutes=30)
    assert "patience" in pump(clock=clock).stopped or not message.next_at <= clock.now
    assert Rest.objects.get().until > timezone.now() + timedelta(minutes=29)


def test_what_never_reached_microsoft_waits_again(
    office: PostOffice, owe: Owe, clock: Clock, settings: Settings
) -> None:
    """Fails when every broken connection counts as perhaps sent."""
    message = owe()
    settings.ENTRA = {**settings.ENTRA, "graph_url": "https://localhost:1"}
    pump(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.PENDING, 0)


def test_whoever_waits_too_long_for_an_answer_knows_nothing(
    office: PostOffice, clock: Clock
) -> None:
    """Called a timeout "not sent": fails, the mail would leave twice."""
    office.delay = 0.6
    line = replace(transport_on(clock), timeout=0.2).connect()
    line.address(BOB)
    with pytest.raises(LineLostError) as lost:
        line.deliver(MAIL)
    assert lost.value.handed_over
    assert [mailbox for mailbox, _ in waited_for(office)] == [PRIVACY]


def waited_for(office: PostOffice) -> list[tuple[str, EmailMessage]]:
    """What arrived, a moment later."""
    ends = time.monotonic() + 5
    while not office.sent and time.monotonic() < ends:
        time.sleep(0.02)
    return office.sent


def test_a_token_that_is_refused_is_replaced(office: PostOffice, owe: Owe, clock: Clock) -> None:
    transport = configured()
    assert transport is not None
    transport.connect()
    office.realm.app_tokens.clear()
    message = owe()
    pump(clock=clock)
    clock.move(minutes=2)
    pump(clock=clock)
    message.refresh_from_db()
    assert message.state == State.ACCEPTED


def test_several_mailboxes_share_the_load(
    office: PostOffice, owe: Owe, clock: Clock, settings: Settings
) -> None:
    two_mailboxes(office, settings)
    for _ in range(6):
        owe()
    assert pump(clock=clock).numbers()["accepted"] == 6
    assert office.per_mailbox() == {PRIVACY: 3, SECOND: 3}


def test_while_one_mailbox_rests_the_other_sends(
    office: PostOffice, owe: Owe, clock: Clock, settings: Settings
) -> None:
    """Without the rest the stand-in sees somebody who came back too early."""
    two_mailboxes(office, settings)
    for _ in range(5):
        owe()
    office.script = [error(429, "ApplicationThrottled", Retry_After="600")]
    report = pump(clock=clock)
    assert report.numbers()["accepted"] == 4
    assert len(office.per_mailbox()) == 1
    assert not report.stopped


def test_no_minute_of_a_mailbox_sees_more_than_thirty(office: PostOffice, clock: Clock) -> None:
    """Without what was sent being noted the stand-in counts 31."""
    office.clock = lambda: clock().timestamp()
    office.scope, office.send_as = {PRIVACY, SECOND}, {PRIVACY}
    line = transport_on(clock, PRIVACY, SECOND).connect()
    began = clock.now
    for _ in range(62):
        line.address(BOB)
        clock.move(seconds=0.1)
        assert line.deliver(MAIL).accepted
    assert clock.now - began >= timedelta(minutes=1)
    assert office.per_mailbox() == {PRIVACY: 31, SECOND: 31}


def test_a_mailbox_ends_its_day_at_ten_thousand(office: PostOffice, clock: Clock) -> None:
    """Fails without the day's limit."""
    line = transport_on(clock).connect()
    Bucket.objects.create(
        span="day", mailbox=PRIVACY, slot=clock.now - timedelta(hours=3), taken=9_999
    )
    line.address(BOB)
    assert line.deliver(MAIL).accepted
    with pytest.raises(TransportDownError, match="in a day"):
        line.address(BOB)


def test_a_turn_that_was_not_used_comes_back(office: PostOffice, clock: Clock) -> None:
    line = transport_on(clock).connect()
    for _ in range(AT_ONCE + 1):
        line.address(BOB)
        line.forget()
    assert not Berth.objects.exists()
    assert not Bucket.objects.exists()
    assert office.asked == []  # addressing asks nobody


def test_the_turn_of_a_worker_that_died_comes_back(office: PostOffice, clock: Clock) -> None:
    transport = transport_on(clock)
    for _ in range(AT_ONCE):
        assert berth_take([PRIVACY], now=clock.now)
    with pytest.raises(TransportDownError, match="four requests"):
        transport.turn()
    clock.now += LEASE
    assert transport.turn()


@pytest.mark.django_db(transaction=True)
def test_all_workers_together_ask_four_times_at_once(office: PostOffice) -> None:
    """Without the berths the stand-in counts eight."""
    Instance.objects.create(id=1, fingerprint="ours")
    office.delay = 0.15
    GraphTransport((PRIVACY,)).token()  # there is one for all

    def work() -> None:
        line = GraphTransport((PRIVACY,)).connect()
        for _ in range(2):
            line.address(BOB)
            line.deliver(MAIL)
        line.close()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(office.sent) == 16
    assert office.most_at_once == AT_ONCE


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("graph://", "names no mailbox"),
        ("graph://privacy", "no address of a mailbox"),
        ("graph://privacy@example.com,https://evil.example", "no address of a mailbox"),
    ],
)
def test_a_faulty_address_is_refused(
    office: PostOffice, settings: Settings, url: str, words: str
) -> None:
    settings.EMAIL_URL = url
    with pytest.raises(Refusal, match=words):
        configured()


def test_without_a_tenant_nothing_is_configured(settings: Settings) -> None:
    settings.EMAIL_URL, settings.EMAIL_FROM, settings.ENTRA = f"graph://{PRIVACY}", PRIVACY, {}
    with pytest.raises(Refusal, match="not connected to Microsoft Entra"):
        configured()


def test_forecasts_count_with_what_the_mailboxes_may_send(settings: Settings) -> None:
    settings.EMAIL_URL = f"graph://{PRIVACY},{SECOND},{PRIVACY}"
    assert (rate_per_minute(), rate_per_day()) == (60, 20_000)
    settings.EMAIL_RATE_PER_MINUTE, settings.EMAIL_RATE_PER_DAY = 45, 50_000
    assert (rate_per_minute(), rate_per_day()) == (45, 20_000)
