"""Lines to the mail server that stop their process at a chosen place, or wait less long."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from compliance.reminders.transports.line import Envelope, Line, Reply
from compliance.reminders.transports.smtp import SmtpTransport


class StoppingLine:
    """A line that passes everything on, and stops its process once."""

    def __init__(self, line: Line, stop: Callable[[str], None]) -> None:
        self._line, self._stop = line, stop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def address(self, envelope: Envelope) -> Reply:
        """Stops before MAIL: the message is claimed, no more."""
        self._stop("leased")
        return self._line.address(envelope)

    def deliver(self, data: bytes, *, upcoming: Envelope | None = None) -> Reply:
        """Stops before DATA or after the server's 250."""
        self._stop("started")
        reply = self._line.deliver(data, upcoming=upcoming)
        self._stop("taken")
        return reply


def stopping(place: str, number: int) -> None:
    """Have this process stop at `place` of its `number`-th mail."""
    left = {place: number}

    def stop(here: str) -> None:
        if here not in left:
            return
        left[here] -= 1
        if left[here] == 0:
            os.kill(os.getpid(), signal.SIGSTOP)

    _connections(lambda transport, connect: StoppingLine(connect(transport), stop))


def impatient(seconds: float) -> None:
    """Have this process wait `seconds` for an answer, not the ten minutes of RFC 5321."""
    _connections(lambda transport, connect: connect(replace(transport, timeout=seconds)))


def _connections(made: Callable[[SmtpTransport, Callable[[SmtpTransport], Line]], Any]) -> None:
    original = SmtpTransport.connect
    SmtpTransport.connect = lambda self: made(self, original)  # type: ignore[method-assign]
