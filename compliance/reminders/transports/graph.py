"""Mail by Microsoft Graph: each mail one request, from whichever mailbox has room."""

import base64
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from django.db import DatabaseError
from django.utils import timezone

from accounts.entra.config import Tenant, tenant
from accounts.entra.errors import EntraError
from accounts.entra.graph import GraphClient
from accounts.entra.tokens import app_token, app_token_forget
from compliance.reminders.berth_models import Berth
from compliance.reminders.berths import berth_leave, berth_take, day_used_up, mailbox_rest, rests
from compliance.reminders.fibers import in_thread
from compliance.reminders.models import State
from compliance.reminders.transports.graph_words import UNAUTHORIZED, verdict
from compliance.reminders.transports.line import (
    Envelope,
    LineLostError,
    Reply,
    TransportDownError,
)

# So long Microsoft may think about one mail; a berth is ours for longer.
TIMEOUT_SECONDS = 100.0
# So long a line waits for its turn before the run ends.
TURN = timedelta(minutes=1)
_LOOK_AGAIN = 0.25
_ACCEPTED = 202
# Exchange writes a return path of its own; in this header a bounce brings ours back.
RETURN_PATH = "X-Optrail-Return-Path"
_CROWDED = "Microsoft Graph takes no mail now: four requests of ours are under way all the time."
_DAY = "{} has sent as many mails as Microsoft lets a mailbox send in a day."


def _sleep_elsewhere(seconds: float) -> None:
    in_thread(partial(time.sleep, seconds))


@dataclass(frozen=True)
class GraphTransport:
    """The mailboxes of `graph://…`; they share the load."""

    mailboxes: tuple[str, ...]
    timeout: float = TIMEOUT_SECONDS
    clock: Callable[[], datetime] = timezone.now
    wait: Callable[[float], None] = _sleep_elsewhere

    @property
    def label(self) -> str:
        """`Microsoft Graph, from privacy@example.com and hr@example.com`."""
        return f"Microsoft Graph, from {' and '.join(self.mailboxes)}"

    def connect(self) -> "GraphLine":
        """A line that has a token. Raises TransportDownError when there is none."""
        self.token()
        return GraphLine(self)

    def token(self) -> str:
        """The application's token for Graph. Raises TransportDownError with what to do."""
        try:
            return app_token(tenant().graph_scope)
        except EntraError as error:
            raise TransportDownError(str(error)) from error

    def turn(self) -> Berth:
        """A berth, as soon as there is one. Raises TransportDownError after a minute without."""
        ends = self.clock() + TURN
        while True:
            now = self.clock()
            berth = berth_take(self.mailboxes, now=now)
            if berth:
                return berth
            if now >= ends or self._hopeless(now, ends):
                raise TransportDownError(self._why_not(now))
            self.wait(_LOOK_AGAIN)

    def _hopeless(self, now: datetime, ends: datetime) -> bool:
        """Whether no mailbox comes back in time."""
        late = {rest.mailbox for rest in rests(self.mailboxes, now=now) if rest.until > ends}
        return all(name in late or day_used_up(name, now=now) for name in self.mailboxes)

    def _why_not(self, now: datetime) -> str:
        resting = rests(self.mailboxes, now=now)
        if resting:
            return resting[0].reason
        used_up = [name for name in self.mailboxes if day_used_up(name, now=now)]
        return _DAY.format(" and ".join(used_up)) if used_up else _CROWDED


class GraphLine:
    """One mail after another, each over a connection of its own.

    A connection that is kept can be closed by the other side just when the next mail is written:
    then nobody knows whether that one arrived. At thirty mails a minute a new one costs nothing.
    """

    def __init__(self, transport: GraphTransport) -> None:
        self._transport, self._where = transport, tenant()
        self._berth: Berth | None = None
        self._token = self._return_path = ""

    def address(self, envelope: Envelope) -> Reply:
        """Wait for our turn; the recipient stands in the mail itself, and nobody is asked yet."""
        self.forget()
        self._token, self._return_path = self._transport.token(), envelope.sender
        self._berth = self._transport.turn()
        return Reply(State.ACCEPTED)

    def deliver(self, data: bytes, *, upcoming: Envelope | None = None) -> Reply:  # noqa: ARG002 - nothing can be said ahead
        """`sendMail` with the mail as MIME. Raises LineLostError."""
        berth, self._berth = self._berth, None
        assert berth is not None, "address first"
        mail = f"{RETURN_PATH}: <{self._return_path}>\r\n".encode() + data
        post = partial(
            _post, self._where, self._token, berth.mailbox, mail, self._transport.timeout
        )
        try:
            in_thread(post)
        except EntraError as error:
            return self._judged(error, berth.mailbox)
        finally:
            self._leave(berth, sent=True)
        return Reply(State.ACCEPTED, _ACCEPTED, f"Accepted from {berth.mailbox}")

    def forget(self) -> None:
        """Somebody else may have the turn."""
        berth, self._berth = self._berth, None
        if berth:
            self._leave(berth, sent=False)

    def close(self) -> None:
        """There is no connection to close, only a turn to give back."""
        self.forget()

    def _judged(self, error: EntraError, mailbox: str) -> Reply:
        if getattr(error, "status", 0) == UNAUTHORIZED:
            app_token_forget(self._where.graph_scope)
        found = verdict(error, mailbox)
        if found.rest:
            until = self._transport.clock() + found.rest
            mailbox_rest(mailbox, until=until, reason=found.reason)
        if isinstance(found.outcome, LineLostError):
            raise found.outcome from error
        return found.outcome

    def _leave(self, berth: Berth, *, sent: bool) -> None:
        """What Microsoft said counts more than our book-keeping: a berth ends by itself, too."""
        with contextlib.suppress(DatabaseError):
            berth_leave(berth, sent=sent, now=self._transport.clock())


def _post(where: Tenant, token: str, mailbox: str, mail: bytes, timeout: float) -> None:
    """In a thread of its own: no database here."""
    client = GraphClient(where, lambda: token)
    try:
        client.post(
            f"/users/{quote(mailbox)}/sendMail",
            content=base64.b64encode(mail),
            headers={"Content-Type": "text/plain", "Connection": "close"},
            timeout=timeout,
        )
    finally:
        client.close()
