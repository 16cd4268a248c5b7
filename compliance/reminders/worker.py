"""One line's work: claims parcels, and hands over one after the other."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from compliance.reminders.breaker import breaker_check, suspicious
from compliance.reminders.handover import START_LEASE, finish, finish_and_start, start
from compliance.reminders.limits import tokens_return
from compliance.reminders.mails import UnmailableError, envelope_for, mail_bytes
from compliance.reminders.models import UNDER_WAY, State
from compliance.reminders.outbox import BATCH, LEASE, claim, refused_settle, release
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
# The first claim is small; later ones are what the pace so far hands over in a part of the lease.
FIRST_BATCH = 20
SHARE_OF_LEASE = 4


class Worker:
    """The owner of leases, with its line. Use it in one thread only."""

    def __init__(
        self, transport: Transport, clock: Callable[[], datetime], campaign_id: int | None
    ) -> None:
        self.owner = uuid.uuid4()
        self.counts: Counter[str] = Counter()
        self._transport, self._clock, self._campaign_id = transport, clock, campaign_id
        self._line: Line | None = None
        # What the server said last; written down together with the next START.
        self._heard: Ending | None = None
        self._losses = 0
        self._latest: Counter[State] = Counter()
        self._batch_size = FIRST_BATCH

    def batch(self, *, goes_on: Callable[[], bool]) -> bool:
        """Claim a batch and hand it over while `goes_on()`; whether there was anything to claim.

        Raises TransportDownError; whatever happens, what was not handed over waits again.
        """
        claimed_at = self._clock()
        parcels = claim(
            owner=self.owner, now=claimed_at, campaign_id=self._campaign_id, most=self._batch_size
        )
        tried = 0
        try:
            for parcel, upcoming in _with_next(parcels):
                if self._clock() >= claimed_at + LEASE or not goes_on():
                    break
                tried += 1
                self._hand_over(parcel, upcoming)
                if self._broken(after=LOOK_EVERY):
                    break
        finally:
            self._give_back(parcels, tried, claimed_at)
        self._broken(after=1)
        return bool(parcels)

    def hang_up(self) -> None:
        """Close the line, if there is one."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _give_back(self, parcels: Sequence[Parcel], tried: int, claimed_at: datetime) -> None:
        self._write_down()
        now = self._clock()
        release([key for parcel in parcels for key in parcel.keys], owner=self.owner, next_at=now)
        tokens_return(len(parcels) - tried, taken_at=claimed_at)
        self._batch_size = _next_size(self._batch_size, tried, now - claimed_at)

    def _broken(self, *, after: int) -> bool:
        """Whether the answers since the last look, `after` or more, made us pause a campaign."""
        refused, heard = self._latest[State.REJECTED], self._latest.total()
        if heard < after:
            return False
        self._latest.clear()
        if not suspicious(refused=refused, tried=heard):
            return False
        self._write_down()
        return bool(breaker_check(now=self._clock()))

    def _hand_over(self, parcel: Parcel, upcoming: Parcel | None) -> None:
        line = self._open_line()
        try:
            reply = line.address(envelope_for(parcel.carrier))
            if reply.accepted:
                self._deliver(line, parcel, upcoming)
            else:
                self._hear(parcel, reply)
        except UnmailableError as error:
            line.forget()
            self._hear(parcel, Reply(State.REJECTED, 0, str(error)))
        except LineLostError as lost:
            self._lost(parcel, lost)

    def _deliver(self, line: Line, parcel: Parcel, upcoming: Parcel | None) -> None:
        now = self._clock()
        going = self._start(parcel, now)
        data = self._composed(going, now) if going else None
        if going is None or data is None:
            line.forget()
            return
        self._hear(going, line.deliver(data, upcoming=_envelope(upcoming)))

    def _start(self, parcel: Parcel, now: datetime) -> Parcel | None:
        if self._heard is None:
            going = start(parcel, owner=self.owner, now=now)
        else:
            ended, going = finish_and_start(self._heard, parcel, owner=self.owner, now=now)
            self._written(ended)
        kept = going.keys if going else ()
        refused = [message for message in parcel.messages if message.pk not in kept]
        if refused:
            self.counts.update(refused_settle(refused, owner=self.owner, now=self._clock()))
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
        self._losses = 0

    def _write_down(self) -> None:
        if self._heard is not None:
            self._written(finish(self._heard, owner=self.owner))

    def _written(self, state: State | None) -> None:
        if self._heard is not None and state is not None:
            self.counts[state] += len(self._heard.parcel.messages)
            self._latest[state] += 1
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
            release(parcel.keys, owner=self.owner, next_at=later, state=under_way)

    def _open_line(self) -> Line:
        if self._line is None:
            self._line = self._transport.connect()
        return self._line


def _with_next(parcels: Sequence[Parcel]) -> Iterator[tuple[Parcel, Parcel | None]]:
    return zip_longest(parcels, parcels[1:])


def _envelope(upcoming: Parcel | None) -> Envelope | None:
    """Who comes next, for the transport to say ahead; whoever cannot be written says so later."""
    try:
        return envelope_for(upcoming.carrier) if upcoming else None
    except UnmailableError:
        return None


def _next_size(size: int, tried: int, took: timedelta) -> int:
    """As many as the pace so far hands over in a part of the lease."""
    if not tried:
        return size
    room = LEASE / SHARE_OF_LEASE
    return max(1, min(BATCH, int(tried * room / took))) if took else BATCH
