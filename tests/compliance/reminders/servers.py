"""Real mail servers on loopback: one that takes mails, one that follows a script."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.parts import free_port

USER, PASSWORD = b"optrail", b"correct horse"


@dataclass
class Sink:
    """Keeps what it accepts; `rcpt` and `data` may say something else than 250."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    rcpt: Callable[[str], str] = lambda address: "250 OK"
    data: Callable[[Envelope], str] = lambda envelope: "250 queued"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.sessions.add(id(session))
        answer = self.data(envelope)
        if answer.startswith("250"):
            self.envelopes.append(envelope)
        return answer

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            message_from_bytes(bytes(e.original_content or b""), policy=policy.default)
            for e in self.envelopes
        ]

    @property
    def recipients(self) -> list[str]:
        return [address for envelope in self.envelopes for address in envelope.rcpt_tos]


def _login(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)


@contextmanager
def sink(tls: ssl.SSLContext | None = None, **answers: Callable[..., str]) -> Iterator[Sink]:
    """An SMTP server; with `tls` it insists on STARTTLS and AUTH."""
    kept = Sink(port=free_port())
    vars(kept).update(answers)
    strict: dict[str, Any] = (
        {
            "tls_context": tls,
            "require_starttls": True,
            "authenticator": _login,
            "auth_required": True,
        }
        if tls
        else {}
    )
    controller = Controller(
        kept, hostname="127.0.0.1", port=kept.port, enable_SMTPUTF8=True, **strict
    )
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


@dataclass
class Script:
    """A server that answers line by line: command → answer; `""` hangs up, `None` says nothing."""

    port: int
    heard: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def scripted(**answers: str | None) -> Iterator[Script]:
    """Answers by command in lower case (`greeting`, `ehlo`, `mail`, `rcpt`, `data`, `dot`, `rset`)."""
    listener = socket.create_server(("127.0.0.1", 0))
    script = Script(port=listener.getsockname()[1])
    said = {
        "greeting": "220 ready", "ehlo": "250 hello", "mail": "250 OK", "rcpt": "250 OK", "rset": "250 OK",
        "data": "354 go ahead", "dot": "250 queued", "quit": "221 bye", **answers,
    }  # fmt: skip
    over = threading.Event()
    threads = [threading.Thread(target=_accept, args=(listener, script, said, over), daemon=True)]
    threads[0].start()
    try:
        yield script
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        threads[0].join(5)


def _accept(
    listener: socket.socket, script: Script, said: dict[str, str | None], over: threading.Event
) -> None:
    while not over.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        script.connections += 1
        threading.Thread(target=_talk, args=(connection, script, said, over), daemon=True).start()


def _talk(
    connection: socket.socket, script: Script, said: dict[str, str | None], over: threading.Event
) -> None:
    with connection, connection.makefile("rwb") as stream:
        try:
            if not _say(stream, said["greeting"], over):
                return
            in_data = False
            for raw in stream:
                line = raw.decode().strip()
                if in_data and line != ".":
                    continue
                command = "dot" if in_data else line.split(" ")[0].lower()
                script.heard.append(command)
                in_data = command == "data" and str(said["data"]).startswith("354")
                if not _say(stream, said.get(command, "500 what?"), over):
                    return
        except OSError:
            return


def _say(stream: Any, answer: str | None, over: threading.Event) -> bool:
    if answer is None:
        over.wait(20)  # the stall: until the test is over
        return False
    if answer == "":
        return False
    stream.write(answer.encode() + b"\r\n")
    stream.flush()
    return not answer.startswith("421")
