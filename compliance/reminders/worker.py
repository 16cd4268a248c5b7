"""One line's work: takes what its run has claimed, and hands over one parcel after the other."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from compliance.reminders.breaker import breaker_check, suspicious
from compliance.reminders.claims import Claimed, Claims
from compliance.reminders.handover import START_LEASE, Write
from compliance.reminders.mails import UnmailableError, mail_bytes
from compliance.reminders.models import UNDER_WAY, State
from compliance.reminders.outbox import LEASE, refused_settle, release
from compliance.reminders.parcels import Parcel
from compliance.reminders.transports import (
    Envelope,
    Line,
    LineLostError,
    Reply,
    Transport,
    TransportDownError,
)
from compliance.reminders.verdicts import Ending, ending_of

HANGS_UP = "The mail server hangs up before it takes a mail: {}"
# A message whose line broke lets others go first.
AFTER_A_LOSS = timedelta(minutes=1)
# So many lines may break one after the other, without any answer, before we stop.
LOSSES = 2
# After so many answers: do they say that the server is broken?
LOOK_EVERY = 20


class Worker:
    """One line of the run that is the `owner` of leases. Use it in one thread only."""

    def __init__(
        self,
        transport: Transport,
        clock: Callable[[], datetime],
        *,
        owner: UUID,
        claims: Claims,
        write: Write,
        latest: Counter[State],
    ) -> None:
        self.counts: Counter[str] = Counter()
        # What the server said to all lines since somebody looked whether it is broken.
        self._latest = latest
        self._transport, self._clock = transport, clock
        self._owner, self._claims, self._write = owner, claims, write
        self._line: Line | None = None
        # Whose turn it is next; the server may be told with the mail before.
        self._next: Claimed | None = None
        # What the server said last; written down together with the next START.
        self._heard: Ending | None = None
        self._losses = 0

    def work(self, *, goes_on: Callable[[], bool]) -> bool:
        """Hand over what is due while `goes_on()`; whether there was anything.

        Raises TransportDownError; whatever happens, what was not handed over waits again.
        """
        self._next = first = self._claims.take()
        try:
            while self._next and goes_on() and not self._broken(after=LOOK_EVERY):
                claimed, self._next = self._next, self._claims.take()
                self._try(claimed)
        except TransportDownError:
            self._broken(after=1)
            raise
        finally:
            self._write_down()
            self._claims.give_back([self._next] if self._next else [])
        self._broken(after=1)
        return first is not None

    def hang_up(self) -> None:
        """Close the line, if there is one."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _broken(self, *, after: int) -> bool:
        """Whether the answers since the last look, `after` or more, made us pause a campaign."""
        failed = self._latest[State.REJECTED] + self._latest[State.UNCERTAIN]
        heard = self._latest.total()
        if heard < after:
            return False
        self._latest.clear()
        if not suspicious(failed=failed, tried=heard):
            return False
        self._write_down()
        if not breaker_check(now=self._clock()):
            return False
        self._claims.give_back_waiting()
        return True

    def _try(self, claimed: Claimed) -> None:
        if self._clock() >= claimed.at + LEASE:
            return self._claims.give_back([claimed])
        try:
            self._line = self._line or self._transport.connect()
            return self._hand_over(self._line, claimed.parcel)
        except BaseException:
            release(claimed.parcel.keys, owner=self._owner, next_at=self._clock())
            raise

    def _hand_over(self, line: Line, parcel: Parcel) -> None:
        try:
            reply = line.address(parcel.envelope)
            if reply.accepted:
                self._deliver(line, parcel)
            else:
                self._hear(parcel, reply)
        except UnmailableError as error:
            line.forget()
            self._hear(parcel, Reply(State.REJECTED, 0, str(error)))
        except LineLostError as lost:
            self._lost(parcel, lost)

    def _deliver(self, line: Line, parcel: Parcel) -> None:
        now = self._clock()
        going = self._start(parcel, now)
        data = self._composed(going, now) if going else None
        if going is None or data is None:
            line.forget()
            return
        self._hear(going, line.deliver(data, upcoming=self._upcoming()))

    def _start(self, parcel: Parcel, now: datetime) -> Parcel | None:
        ended, going = self._write(self._heard, parcel, owner=self._owner, now=now)
        self._written(ended)
        kept = going.keys if going else ()
        refused = [message for message in parcel.messages if message.pk not in kept]
        if refused:
            self.counts.update(refused_settle(refused, owner=self._owner, now=self._clock()))
        return going

    def _composed(self, going: Parcel, now: datetime) -> bytes | None:
        """The mail; None when we were held up so long that others may think it was sent.

        Nothing has left yet, so whatever goes wrong here takes the START back.
        """
        try:
            data = mail_bytes(going.messages, now=now)
            if self._clock() < now + START_LEASE / 2:
                return data
        except UnmailableError:
            raise
        except BaseException:
            self._later(going)
            raise
        self._later(going)
        return None

    def _hear(self, parcel: Parcel, reply: Reply) -> None:
        self._write_down()
        self._heard = ending_of(parcel, reply, now=self._clock())
        self._latest[self._heard.state] += 1
        self._losses = 0

    def _write_down(self) -> None:
        if self._heard is not None:
            ended, _ = self._write(self._heard, None, owner=self._owner, now=self._clock())
            self._written(ended)

    def _written(self, state: State | None) -> None:
        if self._heard is not None and state is not None:
            self.counts[state] += len(self._heard.parcel.messages)
        self._heard = None

    def _lost(self, parcel: Parcel, lost: LineLostError) -> None:
        """What had left is uncertain now; anything else waits again, behind the others."""
        self.hang_up()
        losses = self._losses + 1
        if lost.handed_over:
            self._hear(parcel, Reply(State.UNCERTAIN, 0, f"the line broke: {lost}"))
        else:
            self._later(parcel)
        self._losses = losses
        if losses >= LOSSES:
            raise TransportDownError(HANGS_UP.format(lost))

    def _later(self, parcel: Parcel) -> None:
        later = self._clock() + AFTER_A_LOSS
        for under_way in UNDER_WAY:
            release(parcel.keys, owner=self._owner, next_at=later, state=under_way)

    def _upcoming(self) -> Envelope | None:
        """Who comes next, for the transport to say ahead, where that can be written."""
        try:
            return self._next.parcel.envelope if self._next else None
        except UnmailableError:
            return None
