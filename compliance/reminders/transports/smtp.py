"""SMTP: finding the server, checking its certificate, signing in."""

import base64
import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass, field

from compliance.reminders.fibers import in_thread
from compliance.reminders.transports.line import TransportDownError
from compliance.reminders.transports.smtp_line import SmtpLine
from compliance.reminders.transports.smtp_words import clean, words_of
from compliance.reminders.transports.tokens import TokenProvider

# RFC 5321, 4.5.3.2: a server may think for ten minutes about what follows DATA.
TIMEOUT_SECONDS = 600.0
CONNECT_SECONDS = 30.0
SIGNED_IN, CHALLENGE = 235, 334
_BY_XOAUTH2 = (
    "Check that the token (of EMAIL_TOKEN_FILE, or of Microsoft Entra) has not run out, that it is "
    "for the user in EMAIL_URL, and that this mailbox may send by SMTP."
)


@dataclass(frozen=True)
class SmtpTransport:
    """A mail server from EMAIL_URL. `security` is `tls` (from the first byte), `starttls` or ''.

    With `tokens` it signs in by XOAUTH2, else with the password, without a user not at all.
    """

    host: str
    port: int
    security: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tokens: TokenProvider | None = field(default=None, repr=False)
    ca_file: str = ""
    greeting: str = "localhost"
    timeout: float = TIMEOUT_SECONDS
    connect_timeout: float = CONNECT_SECONDS

    @property
    def label(self) -> str:
        """`smtp.example.com:587 (STARTTLS, signs in)`."""
        lock = {"tls": "TLS", "starttls": "STARTTLS"}.get(self.security, "not encrypted")
        way = ", signs in with a token" if self.tokens else ", signs in" if self.user else ""
        return f"{self.host}:{self.port} ({lock}{way})"

    def connect(self) -> SmtpLine:
        """Open a line, encrypted and signed in as configured. Raises TransportDownError."""
        try:
            return self._connected()
        except (OSError, smtplib.SMTPException) as error:
            where = f"Mail server {self.host}:{self.port}"
            raise TransportDownError(f"{where}: {self._explained(error)}") from error

    def _connected(self) -> SmtpLine:
        """A token that is refused is replaced once: it may have run out a moment ago.

        Only the talk with the server blocks: tokens may come from the database of this thread.
        """
        if self.tokens is None:
            return in_thread(self._line)
        token = self.tokens.token()
        try:
            return in_thread(lambda: self._line(token))
        except smtplib.SMTPAuthenticationError:
            fresh = self.tokens.fresh()
            if fresh == token:
                raise
        return in_thread(lambda: self._line(fresh))

    def _line(self, token: str = "") -> SmtpLine:
        with contextlib.ExitStack() as undo:
            server = self._opened()
            undo.callback(server.close)
            self._secured(server)
            if token:
                _token_show(server, self.user, token)
            elif self.user:
                server.login(self.user, self.password)
            undo.pop_all()
        return SmtpLine(server, timeout=self.timeout)

    def _opened(self) -> smtplib.SMTP:
        where = (self.host, self.port, self.greeting)
        if self.security == "tls":
            return smtplib.SMTP_SSL(*where, timeout=self.connect_timeout, context=self._context())
        return smtplib.SMTP(*where, timeout=self.connect_timeout)

    def _secured(self, server: smtplib.SMTP) -> None:
        # A mail is written whole, then we wait: nothing is gained by holding small packets back.
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]
        server.ehlo_or_helo_if_needed()
        if self.security == "starttls":
            server.starttls(context=self._context())
            server.ehlo()

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file or None)

    def _explained(self, error: Exception) -> str:
        match error:
            case ssl.SSLError():
                advice = "Check the host's certificate, or name its authority in EMAIL_CA_FILE."
                return f"TLS failed: {words_of(error)}. {advice}"
            case smtplib.SMTPAuthenticationError(smtp_code=code, smtp_error=text):
                advice = _BY_XOAUTH2 if self.tokens else "Check user and password in EMAIL_URL."
                return f"it refuses our sign-in: {code} {clean(text)}. {advice}"
            case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
                return f"it answers {code} {clean(text)}."
            case smtplib.SMTPException():
                advice = "Check host, port, tls and user in EMAIL_URL."
                return f"{words_of(error).rstrip('.')}. {advice}"
        return f"{words_of(error)}. Check host and port in EMAIL_URL, and the network."


def _token_show(server: smtplib.SMTP, user: str, token: str) -> None:
    """AUTH XOAUTH2. Raises SMTPAuthenticationError, SMTPNotSupportedError."""
    offered = str(server.esmtp_features.get("auth", "")).upper().split()
    if "XOAUTH2" not in offered:
        ways = ", ".join(offered) or "none"
        raise smtplib.SMTPNotSupportedError(
            f"It takes no sign-in with a token (XOAUTH2); the ways it offers: {ways}"
        )
    secret = base64.b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode()).decode()
    code, text = server.docmd("AUTH", f"XOAUTH2 {secret}")
    if code == CHALLENGE:  # a refusal with its details; the empty line asks for the answer proper
        code, text = server.docmd("")
    if code != SIGNED_IN:
        raise smtplib.SMTPAuthenticationError(code, text)
