"""What every transport offers: connect to get a line, address a mail, deliver it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from compliance.reminders.models import State


class TransportDownError(Exception):
    """The transport takes no mail at all now: no message's fault, and nothing was sent."""


class LineLostError(Exception):
    """The line broke. `handed_over`: the mail had left, and nobody knows whether it arrived."""

    def __init__(self, reason: str, *, handed_over: bool) -> None:
        super().__init__(reason)
        self.handed_over = handed_over


@dataclass(frozen=True)
class Envelope:
    """From which return path to whom."""

    sender: str
    recipient: str


@dataclass(frozen=True)
class Reply:
    """What a server (or, with code 0, the transport itself) says about one mail.

    `retry_after`: how long a server that puts a mail off asks us to wait, where its protocol can
    say so (Retry-After); SMTP cannot.
    """

    state: State
    code: int = 0
    text: str = ""
    retry_after: timedelta | None = None

    @property
    def accepted(self) -> bool:
        """Whether it goes on."""
        return self.state == State.ACCEPTED


class Line(Protocol):
    """An open connection, for one mail after another."""

    def address(self, envelope: Envelope) -> Reply:
        """Name sender and recipient; nothing is sent yet, and nothing is when it ends here.

        Raises TransportDownError when the sender is refused, LineLostError when the line breaks.
        """

    def deliver(self, data: bytes, *, upcoming: Envelope | None = None) -> Reply:
        """Hand over the mail just addressed: bytes with CRLF line ends. Raises LineLostError.

        `upcoming` says who is addressed next, so that a transport may send that along. It is a
        hint, no promise: somebody else may be addressed, or nobody.
        """

    def forget(self) -> None:
        """Drop the mail just addressed; never raises."""

    def close(self) -> None:
        """Say goodbye; never raises."""


class Transport(Protocol):
    """One way to hand mails over."""

    @property
    def label(self) -> str:
        """How people recognise it, without any secret."""

    def connect(self) -> Line:
        """Open a line. Raises TransportDownError with what is wrong and what to do."""
