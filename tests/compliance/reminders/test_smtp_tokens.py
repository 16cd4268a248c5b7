"""Signing in with a token (XOAUTH2): what servers hear, and what we say when they refuse."""

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from pytest_django import Settings

from compliance.reminders.transports import TransportDownError, configured
from compliance.reminders.transports.smtp import SmtpTransport
from compliance.reminders.transports.tokens import FileTokens
from ledger.commands import Refusal
from tests.compliance.reminders.servers import sink
from tests.compliance.reminders.test_smtp import BOB, DATA
from tests.compliance.reminders.wire import Answering, wired

pytestmark = pytest.mark.usefixtures("lines_closed")
MAILBOX = "privacy@example.com"
EHLO = "250-hello\r\n250 AUTH LOGIN XOAUTH2"
DETAILS = "334 eyJzdGF0dXMiOiI0MDAifQ=="


class Tokens:
    """Hands out one token after the other; the last again and again."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def token(self) -> str:
        return self.tokens[0]

    def fresh(self) -> str:
        if len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]


@pytest.fixture
def token_file(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "token"
    path.write_text("eyJ0b2tlbg.good\n")
    settings.EMAIL_TOKEN_FILE = str(path)
    return path


def taking(token: str, *, ehlo: str = EHLO, challenge: str = "") -> Any:
    """A server that takes one token; it may explain a refusal before it refuses (334)."""
    wanted = f"user={MAILBOX}\x01auth=Bearer {token}\x01\x01"

    def answering() -> Answering:
        def answer(command: str, line: str) -> str | None:
            if command == "auth":
                good = base64.b64decode(line.removeprefix("AUTH XOAUTH2 ")).decode() == wanted
                return "235 welcome" if good else challenge or "535 5.7.3 no"
            return {"greeting": "220 ready", "ehlo": ehlo, "": "535 5.7.3 no"}.get(
                command, "250 OK"
            )

        return answer

    return wired(answering)


def transport(port: int, *tokens: str) -> SmtpTransport:
    return SmtpTransport(
        "127.0.0.1", port, user=MAILBOX, tokens=Tokens(*tokens), timeout=2, connect_timeout=2
    )


def test_a_token_from_the_file_signs_in(token_file: Path, settings: Settings) -> None:
    """Over TLS, to a server that checks it; the file is read at each connection."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(token_file.with_name("ca.pem")))
    settings.EMAIL_CA_FILE = str(token_file.with_name("ca.pem"))
    with sink(tls=context, token="eyJ0b2tlbg.next") as kept:
        settings.EMAIL_URL = f"smtp://privacy%40example.com@127.0.0.1:{kept.port}/?tls=true"
        by_token = configured()
        assert by_token is not None
        with pytest.raises(TransportDownError, match=r"refuses our sign-in: 535.*EMAIL_TOKEN_FILE"):
            by_token.connect()
        token_file.write_text("eyJ0b2tlbg.next")
        line = by_token.connect()
        assert line.address(BOB).accepted
        assert line.deliver(DATA).accepted
        line.close()
    assert by_token.label == f"127.0.0.1:{kept.port} (STARTTLS, signs in with a token)"


@pytest.mark.parametrize("challenge", ["", DETAILS])
def test_a_token_that_ran_out_is_replaced_once(challenge: str) -> None:
    with taking("good", challenge=challenge) as server:
        line = transport(server.port, "old", "good").connect()
        assert line.address(BOB).accepted
        line.close()
        assert server.connections == 2


@pytest.mark.parametrize("challenge", ["", DETAILS])
@pytest.mark.parametrize(("tokens", "connections"), [(["old"], 1), (["old", "older", "good"], 2)])
def test_a_token_refused_for_good_stops_everything(
    challenge: str, tokens: list[str], connections: int
) -> None:
    """Asking again and again would get the mailbox locked."""
    with taking("good", challenge=challenge) as server:
        with pytest.raises(TransportDownError, match=r"535 5.7.3 no. Check that the token") as down:
            transport(server.port, *tokens).connect()
        assert server.connections == connections
    assert "old" not in str(down.value)


def test_a_server_without_xoauth2_is_named_with_what_it_offers() -> None:
    with (
        taking("good", ehlo="250-hello\r\n250 AUTH LOGIN PLAIN") as server,
        pytest.raises(TransportDownError, match=r"XOAUTH2.*offers: LOGIN, PLAIN"),
    ):
        transport(server.port, "good").connect()
    assert "auth" not in server.heard


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read: No such file"),
        (" \n", "is empty"),
        ("one two", "something else"),
        ("tökén", "something else"),
        ("x" * 9000, "something else"),
    ],
)
def test_a_faulty_file_is_named_and_never_quoted(
    content: str | None, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    with pytest.raises(TransportDownError, match=what) as down:
        SmtpTransport("127.0.0.1", 1, user=MAILBOX, tokens=FileTokens(path)).connect()
    assert str(path) in str(down.value)
    assert content is None or not content.strip() or content not in str(down.value)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("smtps://me:secret@smtp.example.com", "Leave one out"),
        ("smtps://smtp.example.com", "needs the mailbox"),
        ("smtp://me@smtp.example.com", "send the token over an open line"),
    ],
)
def test_a_sign_in_that_cannot_be_meant_is_refused(
    url: str, what: str, token_file: Path, settings: Settings
) -> None:
    settings.EMAIL_URL = url
    with pytest.raises(Refusal, match=what) as refusal:
        configured()
    assert "secret" not in str(refusal.value)


def test_a_password_beyond_ascii_is_refused_in_words(settings: Settings) -> None:
    settings.EMAIL_URL = "smtps://me:geheimnisvollesW%C3%B6rtchen@smtp.example.com"
    with pytest.raises(Refusal, match="must be ASCII") as refusal:
        configured()
    assert "rtchen" not in str(refusal.value)
