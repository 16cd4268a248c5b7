import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from pytest_django import Settings

from compliance.reminders.models import State
from compliance.reminders.transports import (
    Envelope,
    LineLostError,
    TransportDownError,
    configured,
)
from compliance.reminders.transports.smtp import SmtpTransport
from compliance.reminders.transports.smtp_words import wire_form
from ledger.commands import Refusal
from tests.compliance.reminders.servers import PASSWORD, USER, Sink, scripted, sink

pytestmark = pytest.mark.usefixtures("lines_closed")
BOB = Envelope("privacy@example.com", "bob@example.com")
DATA = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Any]:
    """A server with STARTTLS and AUTH, whose certificate a private authority signed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with sink(tls=context) as kept:
        yield kept


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Any:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def transport(port: int, **options: Any) -> SmtpTransport:
    return SmtpTransport("127.0.0.1", port, **{"timeout": 0.3, "connect_timeout": 2, **options})


def test_mails_go_over_one_encrypted_connection_after_signing_in(
    settings: Settings, secure: Sink, ca_file: str
) -> None:
    settings.EMAIL_URL = f"smtp://{USER.decode()}:correct%20horse@127.0.0.1:{secure.port}/?tls=true"
    settings.EMAIL_CA_FILE = ca_file
    secured = configured()
    assert secured is not None
    line = secured.connect()
    for _ in range(3):
        assert line.address(BOB).accepted
        assert line.deliver(DATA).text == "queued"
    line.close()
    assert secure.recipients == ["bob@example.com"] * 3
    assert len(secure.sessions) == 1


def test_a_certificate_nobody_vouches_for_stops_everything(secure: Sink) -> None:
    with pytest.raises(TransportDownError, match="EMAIL_CA_FILE"):
        transport(secure.port, security="starttls").connect()


def test_a_refused_sign_in_stops_everything(secure: Sink, ca_file: str) -> None:
    options = {"security": "starttls", "ca_file": ca_file, "user": "optrail"}
    with pytest.raises(TransportDownError, match="Check user and password"):
        transport(secure.port, password="wrong", **options).connect()
    assert transport(secure.port, password=PASSWORD.decode(), **options).connect()


def test_a_server_without_starttls_stops_everything() -> None:
    """Without it the mails, and the personal links in them, would travel in the open."""
    with scripted() as server, pytest.raises(TransportDownError, match="STARTTLS"):
        transport(server.port, security="starttls").connect()
    assert "mail" not in server.heard


def test_a_closed_door_is_named() -> None:
    with sink() as kept:
        port = kept.port
    with pytest.raises(TransportDownError, match=f"127.0.0.1:{port}.*Check host and port"):
        transport(port).connect()


@pytest.mark.parametrize(
    "answers",
    [{"greeting": "421 busy"}, {"greeting": ""}, {"greeting": "554 go away"}, {"ehlo": ""}],
)
def test_a_server_that_takes_nobody_is_down(answers: Any) -> None:
    with scripted(**answers) as server, pytest.raises(TransportDownError):
        transport(server.port).connect()


def test_a_refused_sender_is_no_recipients_fault() -> None:
    with scripted(mail="550 not yours") as server:
        line = transport(server.port).connect()
        with pytest.raises(TransportDownError, match="EMAIL_FROM"):
            line.address(BOB)


def test_a_refused_return_path_is_named_without_its_secret() -> None:
    """What stops a run is logged; whoever reads the log could forge a bounce."""
    path = "privacy+0123-secret@example.com"
    with scripted(mail=f"550 <{path}> is not yours") as server:
        line = transport(server.port).connect()
        with pytest.raises(TransportDownError, match=r"privacy\+…@example\.com") as down:
            line.address(Envelope(path, "bob@example.com"))
    assert "secret" not in str(down.value)


def test_a_server_that_takes_no_sender_for_now_is_not_said_to_refuse_ours() -> None:
    with scripted(mail="452 disk full") as server:
        line = transport(server.port).connect()
        with pytest.raises(TransportDownError, match="takes no mail now: 452 disk full"):
            line.address(BOB)


def test_an_address_cannot_say_a_command_of_its_own() -> None:
    with scripted() as server:
        line = transport(server.port).connect()
        reply = line.address(Envelope("privacy@example.com", "bob@example.com>\r\nRCPT TO:<m@x"))
        assert (reply.state, reply.code) == (State.REJECTED, 0)
        with pytest.raises(TransportDownError, match="no mail server takes"):
            line.address(Envelope("privacy@example.com\r\nRSET", "bob@example.com"))
    assert server.heard == ["ehlo"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("550 unknown", State.REJECTED),
        ("451 later", State.DEFERRED),
        ("251 will forward", State.ACCEPTED),
    ],
)
def test_the_answer_to_a_recipient_is_taken_at_its_word(answer: str | None, state: str) -> None:
    with scripted(rcpt=answer) as server:
        reply = transport(server.port).connect().address(BOB)
    assert (reply.state, f"{reply.code} {reply.text}") == (state, answer)


@pytest.mark.parametrize(
    ("command", "state"), [("451 later", State.DEFERRED), ("554 spam", State.REJECTED)]
)
@pytest.mark.parametrize("where", ["data", "dot"])
def test_the_answer_to_a_mail_is_taken_at_its_word(where: str, command: Any, state: str) -> None:
    with scripted(**{where: command}) as server:
        line = transport(server.port).connect()
        line.address(BOB)
        assert line.deliver(DATA).state == state


QUOTA = "STOREDRV.Submission.Exception:SubmissionQuotaExceededException"
FULL = "mailbox full; STOREDRV.Submission.Exception:QuotaExceededException"
THEIRS = "mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (f"554 5.2.0 {QUOTA}", State.DEFERRED),
        (f"554 5.2.2 {FULL}", State.DEFERRED),
        (f"554 5.2.2 {THEIRS}", State.REJECTED),
    ],
)
def test_our_own_quota_makes_nobody_undeliverable(answer: Any, state: str) -> None:
    """Exchange Online answers so once a mailbox has sent to 10,000 recipients within a day."""
    with scripted(dot=answer) as server:
        line = transport(server.port).connect()
        line.address(BOB)
        assert line.deliver(DATA).state == state


@pytest.mark.parametrize("answer", ["", "421 too many", None, "what 250"])
@pytest.mark.parametrize("where", ["mail", "rcpt"])
def test_a_line_that_breaks_before_data_has_sent_nothing(where: str, answer: str | None) -> None:
    with scripted(**{where: answer}) as server:
        line = transport(server.port).connect()
        if (where, answer) == ("mail", "what 250"):
            with pytest.raises(TransportDownError):
                line.address(BOB)
            return
        with pytest.raises(LineLostError) as lost:
            line.address(BOB)
    assert not lost.value.handed_over


@pytest.mark.parametrize(("where", "handed_over"), [("data", False), ("dot", True)])
@pytest.mark.parametrize("answer", ["", None])
def test_only_what_breaks_after_the_go_ahead_may_have_been_sent(
    where: str, handed_over: bool, answer: str | None
) -> None:
    with scripted(**{where: answer}) as server:
        line = transport(server.port).connect()
        line.address(BOB)
        with pytest.raises(LineLostError) as lost:
            line.deliver(DATA)
    assert lost.value.handed_over is handed_over


def test_an_address_beyond_ascii_is_refused_where_the_server_cannot_take_it() -> None:
    with scripted() as server:
        reply = (
            transport(server.port)
            .connect()
            .address(Envelope("privacy@example.com", "müller@example.com"))
        )
    assert (reply.state, reply.code) == (State.REJECTED, 0)
    assert "beyond ASCII" in reply.text


def test_an_address_beyond_ascii_travels_where_the_server_takes_it() -> None:
    with sink() as kept:
        line = transport(kept.port).connect()
        assert line.address(Envelope("privacy@example.com", "müller@example.com")).accepted
        line.deliver(DATA)
        line.close()
    assert kept.recipients == ["müller@example.com"]


def test_dots_travel_safely() -> None:
    assert wire_form(b".a\r\n..b\r\nc") == b"..a\r\n...b\r\nc\r\n.\r\n"
    assert wire_form(b"a\r\n.\r\n.\r\n") == b"a\r\n..\r\n..\r\n.\r\n"


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("https://example.com", "no mail server"),
        ("smtp://", "no mail server"),
        ("smtp://host:port", "cannot be read"),
        ("smtp://host/?tls=maybe", "true or false"),
        ("smtp://user:secret@smtp.example.com", "open line"),
    ],
)
def test_a_faulty_address_of_the_server_is_refused_in_words(
    settings: Settings, url: str, what: str
) -> None:
    settings.EMAIL_URL = url
    with pytest.raises(Refusal, match=what) as refusal:
        configured()
    assert "secret" not in str(refusal.value)


def test_faulty_settings_beside_it_are_refused_in_words(settings: Settings) -> None:
    settings.EMAIL_URL = "smtps://smtp.example.com"
    settings.EMAIL_CA_FILE = "nowhere.pem"
    with pytest.raises(Refusal, match="EMAIL_CA_FILE"):
        configured()
    settings.EMAIL_CA_FILE, settings.EMAIL_FROM = "", "Privacy"
    with pytest.raises(Refusal, match="EMAIL_FROM"):
        configured()


def test_the_label_tells_no_secret(settings: Settings) -> None:
    settings.EMAIL_URL = "smtps://user:secret@smtp.example.com"
    named = configured()
    assert named is not None
    assert named.label == "smtp.example.com:465 (TLS, signs in)"
    assert "secret" not in repr(named)


def test_without_an_address_there_is_no_transport(settings: Settings) -> None:
    settings.EMAIL_URL = ""
    assert configured() is None
