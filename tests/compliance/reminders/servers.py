"""Real mail servers on loopback: one that takes mails, one that follows a script."""

import base64
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.compliance.reminders.wire import Wire, wired
from tests.parts import free_port

USER, PASSWORD = b"optrail", b"correct horse"


@dataclass
class Sink:
    """Keeps what it accepts; `rcpt` and `data` may say something else than 250."""

    port: int = 0
    token: str = ""
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

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802
        good = f"auth=Bearer {self.token}\x01\x01" in base64.b64decode(words[1]).decode()
        return AuthResult(success=bool(self.token) and good, handled=False)

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
def sink(
    tls: ssl.SSLContext | None = None, *, token: str = "", **answers: Callable[..., str]
) -> Iterator[Sink]:
    """An SMTP server; with `tls` it insists on STARTTLS and AUTH, by password or by `token`."""
    kept = Sink(port=free_port(), token=token)
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


@contextmanager
def scripted(**answers: str | list[str] | None) -> Iterator[Wire]:
    """Answers by command in lower case (`greeting`, `ehlo`, `mail`, `rcpt`, `data`, `dot`, `rset`).

    A list holds one answer for each time, the last for all times after. `""` hangs up, `None`
    says nothing.
    """
    said: dict[str, str | list[str] | None] = {
        "greeting": "220 ready", "ehlo": "250 hello", "mail": "250 OK", "rcpt": "250 OK", "rset": "250 OK",
        "data": "354 go ahead", "dot": "250 queued", "quit": "221 bye", **answers,
    }  # fmt: skip

    def answer(command: str, text: str) -> str | None:
        told = said.get(command, "500 what?")
        if not isinstance(told, list):
            return told
        return told.pop(0) if len(told) > 1 else told[0]

    with wired(lambda: answer) as wire:
        yield wire
