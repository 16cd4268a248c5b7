"""The pump: hands over what is due, over one line or several at once."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.db import connection

from compliance.reminders.claims import Claims
from compliance.reminders.endings import lapsed_settle
from compliance.reminders.faults import transport_note
from compliance.reminders.fence import of_campaign
from compliance.reminders.fibers import Fibers, sleep
from compliance.reminders.handover import Write, step
from compliance.reminders.instance import instance_check
from compliance.reminders.models import Message, State
from compliance.reminders.outbox import any_left, others_busy
from compliance.reminders.together import Together
from compliance.reminders.transports import Transport, TransportDownError, configured
from compliance.reminders.worker import Worker
from ledger.commands import Refusal

NO_TRANSPORT = (
    "No mail server is configured, so nothing was sent. Set EMAIL_URL, "
    "for example smtp://user:password@smtp.example.com:587/?tls=true"
)
HELD = "Sending is held. {} Look at what is waiting, then release it on the page “Sending”."
POLL_SECONDS = 1.0
# The time of day, for `pump`: a line asks five times a mail.
utc_now = partial(datetime.now, UTC)
Clock = Callable[[], datetime]
Wait = Callable[[float], None]


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
    clock: Clock,
    campaign_id: int | None = None,
    until_idle: bool = False,
    budget: timedelta | None = None,
    wait: Wait = sleep,
    lines: int | None = None,
) -> PumpReport:
    """Hand over what is due, for at most `budget`, over `lines` connections (EMAIL_CONNECTIONS).

    `until_idle` also waits for the sending limits and for what other runs have claimed. Several
    pumps at once are harmless. Raises Refusal without a mail server and while sending is held.
    """
    transport = configured()
    if transport is None:
        raise Refusal(NO_TRANSPORT)
    reason = instance_check(now=clock())
    if reason:
        raise Refusal(HELD.format(reason))
    ends = clock() + budget if budget is not None else None
    run = _Run(transport, clock, campaign_id, ends, wait if until_idle else None)
    report = run.work(lines or settings.EMAIL_CONNECTIONS)
    if report.stopped or report.heard:
        transport_note(report.stopped, now=clock())
    return report


class _Run:
    """One run: its lines work side by side, and share what it claims."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        campaign_id: int | None,
        ends: datetime | None,
        wait: Wait | None,
    ) -> None:
        self.transport, self.clock, self.campaign_id = transport, clock, campaign_id
        self.ends, self.wait = ends, wait
        self.owner, self.over = uuid4(), False
        self.latest: Counter[State] = Counter()
        self.claims = Claims(owner=self.owner, clock=clock, campaign_id=campaign_id)

    def work(self, lines: int) -> PumpReport:
        """Until nothing is due, the time is up or the transport is down on every line."""
        settled = lapsed_settle(now=self.clock())
        with _durable():
            try:
                reports = [self._line(step)] if lines == 1 else self._side_by_side(lines)
            finally:
                self.claims.close()
        report = PumpReport(Counter({State.UNCERTAIN: settled}))
        for each in reports:
            report.counts.update(each.counts)
        stopped = [each.stopped for each in reports if each.stopped]
        # A server that takes fewer lines than we have is no trouble: the others did it all.
        if len(stopped) == len(reports) or (stopped and self._anything_left()):
            report.stopped = stopped[0]
        report.pending = of_campaign(Message.objects.owed(), self.campaign_id).count()
        return report

    def _side_by_side(self, lines: int) -> list[PumpReport]:
        if connection.vendor != "postgresql":
            return Fibers(interrupted=self._stop).run([partial(self._line, step)] * lines)
        together = Together(interrupted=self._stop)
        return together.fibers.run([partial(self._line, together.step)] * lines)

    def _line(self, write: Write) -> PumpReport:
        report = PumpReport()
        worker = Worker(
            self.transport, self.clock,
            owner=self.owner, claims=self.claims, write=write, latest=self.latest,
        )  # fmt: skip
        try:
            while self._goes_on() and (worker.work(goes_on=self._goes_on) or self._waited(worker)):
                pass
        except TransportDownError as down:
            report.stopped = str(down)
        except BaseException:
            self._stop()
            raise
        finally:
            worker.hang_up()
        report.counts.update(worker.counts)
        return report

    def _stop(self) -> None:
        self.over = True

    def _goes_on(self) -> bool:
        return not self.over and (self.ends is None or self.clock() < self.ends)

    def _waited(self, worker: Worker) -> bool:
        """Wait a moment for the sending limits, or for another run to end what it claimed."""
        if self.wait is None or not self._more_to_come():
            return False
        worker.hang_up()
        self.wait(POLL_SECONDS)
        worker.counts[State.UNCERTAIN] += lapsed_settle(now=self.clock())
        return True

    def _more_to_come(self) -> bool:
        busy = others_busy(now=self.clock(), campaign_id=self.campaign_id)
        return busy or self._anything_left()

    def _anything_left(self) -> bool:
        return any_left(now=self.clock(), campaign_id=self.campaign_id)


@contextmanager
def _durable() -> Iterator[None]:
    """SQLite need not wait for the disk at each commit, but a START has to be there for certain."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        normal = cursor.execute("PRAGMA synchronous").fetchone()[0]
        cursor.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA synchronous={normal}")
