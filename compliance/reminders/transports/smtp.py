"""SMTP: one kept connection, checked certificates, each answer taken at its word."""

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass, field

from compliance.reminders.models import State
from compliance.reminders.transports.line import (
    Envelope,
    LineLostError,
    Reply,
    TransportDownError,
)

# RFC 5321, 4.5.3.2: a server may think for ten minutes about what follows DATA.
TIMEOUT_SECONDS = 600.0
CONNECT_SECONDS = 30.0
GOODBYE_SECONDS = 5.0
GO_AHEAD, CLOSING = 354, 421
DONE = range(200, 300)
_BARE_BREAK = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True)
class SmtpTransport:
    """A mail server from EMAIL_URL. `security` is `tls` (from the first byte), `starttls` or ''."""

    host: str
    port: int
    security: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    greeting: str = "localhost"
    timeout: float = TIMEOUT_SECONDS
    connect_timeout: float = CONNECT_SECONDS

    @property
    def label(self) -> str:
        """`smtp.example.com:587 (STARTTLS, signs in)`."""
        lock = {"tls": "TLS", "starttls": "STARTTLS"}.get(self.security, "not encrypted")
        return f"{self.host}:{self.port} ({lock}{', signs in' if self.user else ''})"

    def connect(self) -> "SmtpLine":
        """Open a line, encrypted and signed in as configured. Raises TransportDownError."""
        server = None
        try:
            server = self._opened()
            self._secured(server)
        except (OSError, smtplib.SMTPException) as error:
            if server is not None:
                server.close()
            where = f"Mail server {self.host}:{self.port}"
            raise TransportDownError(f"{where}: {_explained(error)}") from error
        return SmtpLine(server)

    def _opened(self) -> smtplib.SMTP:
        where = (self.host, self.port, self.greeting)
        if self.security == "tls":
            return smtplib.SMTP_SSL(*where, timeout=self.connect_timeout, context=self._context())
        return smtplib.SMTP(*where, timeout=self.connect_timeout)

    def _secured(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self.security == "starttls":
            server.starttls(context=self._context())
            server.ehlo()
        if self.user:
            server.login(self.user, self.password)
        server.command_encoding = "utf-8"  # for addresses; only servers with SMTPUTF8 see such
        server.sock.settimeout(self.timeout)  # type: ignore[union-attr]

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file or None)


class SmtpLine:
    """An open SMTP session; not for two threads at once."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def address(self, envelope: Envelope) -> Reply:
        """MAIL and RCPT. A refused sender is nobody's address' fault: TransportDownError."""
        options = []
        if not envelope.recipient.isascii():
            if not self._server.has_extn("smtputf8"):
                return Reply(State.REJECTED, 0, _NO_UTF8)
            options = ["SMTPUTF8"]
        code, text = self._said("mail", f"FROM:<{envelope.sender}>", *options)
        if code == CLOSING:
            raise LineLostError(f"{code} {text}", handed_over=False)
        if code not in DONE:
            raise TransportDownError(
                f"The mail server refuses the sender {envelope.sender}: {code} {text}. "
                "Check EMAIL_FROM, and that the account may send in its name."
            )
        reply = self._before_data(*self._said("rcpt", f"TO:<{envelope.recipient}>"))
        if not reply.accepted:
            self.forget()
        return reply

    def deliver(self, data: bytes) -> Reply:
        """DATA and the mail. What breaks before the server's go-ahead was not handed over."""
        code, text = self._said("data")
        if code != GO_AHEAD:
            return self._before_data(code, text)
        try:
            self._server.send(wire_form(data))
            code, raw = self._server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise LineLostError(_words(error), handed_over=True) from error
        return _reply(code, _text(raw), handed_over=True)

    def forget(self) -> None:
        """RSET; when that breaks the line, the next command finds out."""
        with contextlib.suppress(LineLostError):
            self._said("rset")

    def close(self) -> None:
        """QUIT, if anybody still listens."""
        try:
            if self._server.sock is not None:
                self._server.sock.settimeout(GOODBYE_SECONDS)
            self._server.quit()
        except (OSError, smtplib.SMTPException):
            self._server.close()

    def _before_data(self, code: int, text: str) -> Reply:
        if code == CLOSING:
            raise LineLostError(f"{code} {text}", handed_over=False)
        return _reply(code, text, handed_over=False)

    def _said(self, command: str, *words: str) -> tuple[int, str]:
        try:
            code, raw = self._server.docmd(command, " ".join(words))
        except (OSError, smtplib.SMTPException) as error:
            raise LineLostError(_words(error), handed_over=False) from error
        return code, _text(raw)


_NO_UTF8 = "The mail server does not take addresses with characters beyond ASCII before the @."


def wire_form(data: bytes) -> bytes:
    """The mail as it travels: CRLF at every line's end, leading dots doubled, the final dot."""
    lines = _BARE_BREAK.sub(b"\r\n", data)
    body = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return _LEADING_DOT.sub(b"..", body) + b".\r\n"


def _reply(code: int, text: str, *, handed_over: bool) -> Reply:
    states = {2: State.ACCEPTED, 4: State.DEFERRED, 5: State.REJECTED}
    if code // 100 not in states:
        raise LineLostError(f"an answer that is none: {code} {text}", handed_over=handed_over)
    return Reply(states[code // 100], code, text)


def _text(raw: bytes | str) -> str:
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _words(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return _text(reason) or type(error).__name__


def _explained(error: Exception) -> str:
    match error:
        case ssl.SSLError():
            advice = "Check the host's certificate, or name its authority in EMAIL_CA_FILE."
            return f"TLS failed: {_words(error)}. {advice}"
        case smtplib.SMTPAuthenticationError(smtp_code=code, smtp_error=text):
            advice = "Check user and password in EMAIL_URL."
            return f"it refuses our sign-in: {code} {_text(text)}. {advice}"
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            return f"it answers {code} {_text(text)}."
        case smtplib.SMTPException():
            return f"{_words(error).rstrip('.')}. Check host, port, tls and user in EMAIL_URL."
    return f"{_words(error)}. Check host and port in EMAIL_URL, and the network."
