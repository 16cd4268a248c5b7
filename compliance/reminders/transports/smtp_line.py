"""One SMTP session: mail after mail, each answer taken at its word, commands sent ahead."""

import io
import smtplib

from compliance.reminders.models import State
from compliance.reminders.transports.line import (
    Envelope,
    LineLostError,
    Reply,
    TransportDownError,
)
from compliance.reminders.transports.smtp_words import (
    DONE,
    Answer,
    clean,
    introduction,
    judged,
    no_go_ahead,
    no_sender,
    unwritable,
    wire_form,
    words_of,
)
from compliance.reminders.transports.wire import Wire

GOODBYE_SECONDS = 5.0
GO_AHEAD, CLOSING = 354, 421
# At most one TLS record: a mail whose line breaks in an earlier piece than its last has not left.
PIECE = 16_384
_NO_UTF8 = "The mail server does not take addresses with characters beyond ASCII before the @."
_UNWRITABLE = "The address holds characters that no mail server takes."
_NO_SENDER = "The sender's address %r holds characters that no mail server takes."


class SmtpLine:
    """An open SMTP session; not for two threads at once.

    With PIPELINING (RFC 2920) sender and recipient travel in one write, those of the upcoming mail
    together with the mail before it: two round trips a mail instead of four. Answers come in the
    order of the commands, so it is enough to count those still to be read.
    """

    def __init__(self, server: smtplib.SMTP, *, timeout: float) -> None:
        assert server.sock is not None
        assert server.file is not None
        server.file.close()
        self._wire = Wire(server.sock, timeout)
        server.file = io.BufferedReader(self._wire)
        self._server = server
        self._pipelining = server.has_extn("pipelining")
        self._utf8 = server.has_extn("smtputf8")
        self._unread = 0
        self._announced: Envelope | None = None
        # Whether a mail was addressed that has not gone out: before another, RSET.
        self._open = False

    def address(self, envelope: Envelope) -> Reply:
        """MAIL and RCPT. A refused sender is nobody's address' fault: TransportDownError."""
        if unwritable(envelope.sender):
            raise TransportDownError(_NO_SENDER % envelope.sender)
        problem = self._problem(envelope)
        if problem:
            return Reply(State.REJECTED, 0, problem)
        commands = () if envelope == self._announced else self._afresh(envelope)
        self._announced, self._open = None, True
        *_, mail, rcpt = self._asked(*commands)
        if mail[0] not in DONE:
            raise TransportDownError(no_sender(envelope.sender, mail))
        return judged(rcpt, handed_over=False)

    def deliver(self, data: bytes, *, upcoming: Envelope | None = None) -> Reply:
        """DATA and the mail. What breaks before its final dot could leave was not handed over."""
        [answer] = self._asked(b"DATA\r\n")
        if answer[0] != GO_AHEAD:
            return no_go_ahead(answer)
        ahead = self._ahead(upcoming)
        self._hand_over(wire_form(data), ahead)
        self._open = bool(ahead)
        return judged(self._answer(handed_over=True), handed_over=True)

    def forget(self) -> None:
        """The next command says RSET first."""
        self._announced = None

    def close(self) -> None:
        """QUIT, if anybody still listens."""
        if self._server.sock is None:
            return
        try:
            self._wire.patience(GOODBYE_SECONDS)
            self._asked()
            self._server.quit()
        except (OSError, smtplib.SMTPException, LineLostError):
            self._server.close()

    def _problem(self, envelope: Envelope) -> str:
        """Why this recipient cannot be told to this server, '' when it can."""
        if unwritable(envelope.recipient):
            return _UNWRITABLE
        return "" if envelope.recipient.isascii() or self._utf8 else _NO_UTF8

    def _afresh(self, envelope: Envelope) -> tuple[bytes, ...]:
        commands = introduction(envelope)
        return (b"RSET\r\n", *commands) if self._open else commands

    def _ahead(self, upcoming: Envelope | None) -> bytes:
        """What may be said about the upcoming mail behind the final dot of this one."""
        if upcoming is None or not self._pipelining:
            return b""
        if unwritable(upcoming.sender) or self._problem(upcoming):
            return b""
        commands = introduction(upcoming)
        self._announced, self._unread = upcoming, len(commands)
        return b"".join(commands)

    def _asked(self, *commands: bytes) -> list[Answer]:
        """The answers still unread, then those to `commands`. Raises LineLostError."""
        unread, self._unread = self._unread, 0
        if self._pipelining:
            self._write(b"".join(commands))
            return [self._answer() for _ in range(unread + len(commands))]
        return [self._said(command) for command in commands]

    def _said(self, command: bytes) -> Answer:
        self._write(command)
        return self._answer()

    def _write(self, commands: bytes) -> None:
        try:
            self._wire.send(commands)
        except OSError as error:
            raise self._lost(words_of(error), handed_over=False) from error

    def _hand_over(self, mail: bytes, ahead: bytes) -> None:
        block = mail + ahead
        for place in range(0, len(block), PIECE):
            try:
                self._wire.send(block[place : place + PIECE])
            except OSError as error:
                left = place + PIECE >= len(mail)
                raise self._lost(words_of(error), handed_over=left) from error

    def _answer(self, *, handed_over: bool = False) -> Answer:
        try:
            code, text = self._server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost(words_of(error), handed_over=handed_over) from error
        if code == CLOSING and not handed_over:
            raise self._lost(f"{code} {clean(text)}", handed_over=False)
        return code, text

    def _lost(self, reason: str, *, handed_over: bool) -> LineLostError:
        """The line is of no more use: whoever closes it later waits for no goodbye."""
        self._server.close()
        return LineLostError(reason, handed_over=handed_over)
