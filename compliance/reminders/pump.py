"""The pump: claims a few messages, opens one line, and hands over one after the other."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from compliance.reminders.breaker import breaker_check, suspicious
from compliance.reminders.endings import lapsed_settle
from compliance.reminders.faults import transport_note
from compliance.reminders.instance import instance_check
from compliance.reminders.mails import Mail, UnmailableError, mail_for
from compliance.reminders.models import UNDER_WAY, Message, State
from compliance.reminders.outbox import (
    LEASE,
    any_left,
    claim,
    finish,
    of_campaign,
    others_busy,
    refused_settle,
    release,
    start,
)
from compliance.reminders.transports import (
    Line,
    LineLostError,
    Reply,
    Transport,
    TransportDownError,
    configured,
)
from ledger.commands import Refusal

NO_TRANSPORT = (
    "No mail server is configured, so nothing was sent. Set EMAIL_URL, "
    "for example smtp://user:password@smtp.example.com:587/?tls=true"
)
HELD = "Sending is held. {} Look at what is waiting, then release it on the page “Sending”."
HANGS_UP = "The mail server hangs up before it takes a mail: {}"
# A message whose line broke lets others go first.
AFTER_A_LOSS = timedelta(minutes=1)
# So many lines may break one after the other, without any answer, before we stop.
LOSSES = 2
POLL_SECONDS = 1.0


@dataclass
class PumpReport:
    """What one run did, what is still waiting, and why it stopped early, if it did."""

    counts: Counter[str] = field(default_factory=Counter)
    pending: int = 0
    stopped: str = ""

    @property
    def heard(self) -> bool:
        """Whether a mail server said anything about a mail."""
        said = (State.ACCEPTED, State.DEFERRED, State.REJECTED)
        return any(self.counts[state] for state in said)

    def numbers(self) -> dict[str, int]:
        """Messages by what became of them, and how many still wait."""
        kinds = (State.ACCEPTED, State.DEFERRED, State.REJECTED, State.UNCERTAIN, State.CANCELLED)
        return {**{str(kind): self.counts[kind] for kind in kinds}, "pending": self.pending}


def pump(
    *,
    clock: Callable[[], datetime],
    campaign_id: int | None = None,
    until_idle: bool = False,
    budget: timedelta | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> PumpReport:
    """Hand over what is due, for at most `budget`.

    `until_idle` also waits for the sending rate and for what other runs have claimed. Several
    pumps at once are harmless. Raises Refusal without a mail server and while sending is held.
    """
    transport = configured()
    if transport is None:
        raise Refusal(NO_TRANSPORT)
    reason = instance_check(now=clock())
    if reason:
        raise Refusal(HELD.format(reason))
    run = _Run(transport, clock, campaign_id)
    ends = clock() + budget if budget is not None else None
    report = run.work(ends=ends, wait=wait if until_idle else None)
    if report.stopped or report.heard:
        transport_note(report.stopped, now=clock())
    return report


class _Run:
    """One run: its name as owner of leases, its line, its counts."""

    def __init__(
        self, transport: Transport, clock: Callable[[], datetime], campaign_id: int | None
    ) -> None:
        self.owner = uuid.uuid4()
        self.transport = transport
        self.clock = clock
        self.campaign_id = campaign_id
        self.report = PumpReport()
        self.losses = 0
        self.line: Line | None = None

    def work(self, *, ends: datetime | None, wait: Callable[[float], None] | None) -> PumpReport:
        """Batch after batch, until nothing is left, the time is up or the transport is down."""
        self._settle()
        try:
            while (ends is None or self.clock() < ends) and (self._batch() or self._waits(wait)):
                pass
        except TransportDownError as down:
            self.report.stopped = str(down)
        finally:
            self._hang_up()
        self.report.pending = self._waiting()
        return self.report

    def _settle(self) -> None:
        self.report.counts[State.UNCERTAIN] += lapsed_settle(now=self.clock())

    def _batch(self) -> bool:
        claimed_at, refused = self.clock(), self.report.counts[State.REJECTED]
        messages = claim(owner=self.owner, now=claimed_at, campaign_id=self.campaign_id)
        try:
            for message in messages:
                if self.clock() >= claimed_at + LEASE:
                    break
                self._hand_over(message)
        finally:
            keys = [message.pk for message in messages]
            release(keys, owner=self.owner, next_at=self.clock())
        refused = self.report.counts[State.REJECTED] - refused
        if suspicious(refused=refused, tried=len(messages)):
            breaker_check(now=self.clock())
        return bool(messages)

    def _waits(self, wait: Callable[[float], None] | None) -> bool:
        """Wait a moment for the sending rate, or for another run to end what it claimed."""
        if wait is None or not self._more_to_come():
            return False
        self._hang_up()
        wait(POLL_SECONDS)
        self._settle()
        return True

    def _more_to_come(self) -> bool:
        now, campaign = self.clock(), self.campaign_id
        return any_left(now=now, campaign_id=campaign) or others_busy(now=now, campaign_id=campaign)

    def _hand_over(self, message: Message) -> None:
        line = self._open_line()
        try:
            mail = mail_for(message, now=self.clock())
            state = self._tried(line, message, mail)
        except UnmailableError as error:
            state = self._finish(message, Reply(State.REJECTED, 0, str(error)))
        except LineLostError as lost:
            self._lost(message, lost)
            return
        self.losses = 0
        self._count(state)

    def _tried(self, line: Line, message: Message, mail: Mail) -> State | None:
        reply = line.address(mail.envelope)
        if reply.accepted:
            if not start(message, owner=self.owner, now=self.clock()):
                line.forget()
                return refused_settle(message, owner=self.owner, now=self.clock())
            reply = line.deliver(mail.data)
        return self._finish(message, reply)

    def _finish(self, message: Message, reply: Reply) -> State | None:
        return finish(message, reply, owner=self.owner, now=self.clock())

    def _lost(self, message: Message, lost: LineLostError) -> None:
        """What had left is uncertain now; anything else waits again, behind the others."""
        self._hang_up()
        if lost.handed_over:
            self._count(self._finish(message, Reply(State.UNCERTAIN, 0, f"the line broke: {lost}")))
        else:
            later = self.clock() + AFTER_A_LOSS
            for under_way in UNDER_WAY:
                release([message.pk], owner=self.owner, next_at=later, state=under_way)
        self.losses += 1
        if self.losses >= LOSSES:
            raise TransportDownError(HANGS_UP.format(lost))

    def _count(self, state: State | None) -> None:
        if state is not None:
            self.report.counts[state] += 1

    def _open_line(self) -> Line:
        if self.line is None:
            self.line = self.transport.connect()
        return self.line

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    def _waiting(self) -> int:
        return of_campaign(Message.objects.owed(), self.campaign_id).count()
