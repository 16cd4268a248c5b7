"""Handing notices over: each once, over the same line, under the same limits and the same hold."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Q

from compliance.campaigns.models import CampaignState
from compliance.notices.models import Notice, NoticeKind, NoticeQuerySet
from compliance.notices.writers import UnwantedError
from compliance.notices.writing import OVERTAKEN, Batch, TooEarlyError
from compliance.reminders.faults import transport_note
from compliance.reminders.instance import instance_check
from compliance.reminders.limits import tokens_return, tokens_take
from compliance.reminders.mails import Mail, UnmailableError
from compliance.reminders.models import WAITING, Instance, State
from compliance.reminders.picked import picked_update
from compliance.reminders.transports import (
    Line,
    LineLostError,
    Reply,
    Transport,
    TransportDownError,
    configured,
)

BATCH = 100
# RFC 5321 lets a server think ten minutes after DATA; after fifteen nobody is waiting any more.
START_LEASE = timedelta(minutes=15)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))
AFTER_A_LOSS = timedelta(minutes=5)
# What did not get out within a week is overtaken by the next one.
WEEK = timedelta(days=7)
UNKNOWN = "the program ended between handing it over and hearing the server's answer"


def notices_send(
    *, clock: Callable[[], datetime], budget: timedelta, urgent: bool = False
) -> Counter[str]:
    """Hand over the notices that are due, for at most `budget`; returns them by what became of
    them.

    `urgent`: only those that somebody sits and waits for. None is handed over twice: what is
    uncertain stays so. Several runs at once are harmless.
    Raises Refusal for faulty settings of the mail server.
    """
    now = clock()
    if not urgent:
        _settle(now)
    wanted = Notice.objects.for_people() if urgent else Notice.objects.all()
    if not wanted.due(now).exists():
        return Counter()
    transport = configured()
    if transport is None:
        return Counter()
    return _Round(transport, clock, wanted).work(ends=now + budget)


def _settle(now: datetime) -> None:
    lapsed = Notice.objects.filter(state=State.STARTED, lease_until__lt=now)
    lapsed.update(**_ended(State.UNCERTAIN, UNKNOWN, now))
    old = Notice.objects.due(now).filter(period__lte=(now - WEEK).date())
    old.update(**_ended(State.CANCELLED, OVERTAKEN, now))


class _Round:
    """One run over what is due of the `wanted`, with one line."""

    def __init__(
        self, transport: Transport, clock: Callable[[], datetime], wanted: NoticeQuerySet
    ) -> None:
        self.transport, self.clock, self.wanted = transport, clock, wanted
        self.line: Line | None = None
        self.counts: Counter[str] = Counter()

    def work(self, *, ends: datetime) -> Counter[str]:
        """Until nothing is due, the time is up, the limits are used up or the server is down."""
        try:
            while self.clock() < ends and self._batch():
                pass
        except TransportDownError as down:
            transport_note(str(down), now=self.clock())
        finally:
            self._hang_up()
        return self.counts

    def _batch(self) -> bool:
        now = self.clock()
        if instance_check(now=now):
            return False
        due = self.wanted.due(now).select_related("campaign__guide_version__guide")
        batch = Batch(list(due.order_by("next_at", "pk")[:BATCH]), now)
        with transaction.atomic():
            granted = tokens_take(len(batch.notices), now=now)
        tried = 0
        try:
            for notice in batch.notices[:granted]:
                tried += self._hand_over(notice, batch)
        finally:
            tokens_return(granted - tried, taken_at=now)
        return bool(granted)

    def _hand_over(self, notice: Notice, batch: Batch) -> bool:
        """Whether the mail server was asked."""
        try:
            mail = batch.mail(notice)
        except (UnwantedError, UnmailableError) as error:
            state = State.CANCELLED if isinstance(error, UnwantedError) else State.REJECTED
            self._end(_waiting(notice), Reply(state, 0, str(error)), notice)
            return False
        except TooEarlyError as early:
            _waiting(notice).update(next_at=early.next_at)
            return False
        try:
            self._try(notice, mail)
        except LineLostError as lost:
            self._lost(notice, lost)
        return True

    def _try(self, notice: Notice, mail: Mail) -> None:
        line = self._open_line()
        reply = line.address(mail.envelope)
        rows = _waiting(notice)
        if reply.accepted:
            if not _start(notice, self.clock()):
                line.forget()
                return
            reply, rows = line.deliver(mail.data), _started(notice)
        transport_note("", now=self.clock())
        self._end(rows, reply, notice)

    def _lost(self, notice: Notice, lost: LineLostError) -> None:
        self._hang_up()
        if lost.handed_over:
            self._end(
                _started(notice), Reply(State.UNCERTAIN, 0, f"the line broke: {lost}"), notice
            )
        else:
            later = self.clock() + AFTER_A_LOSS
            rows = Notice.objects.filter(pk=notice.pk, state__in=(*WAITING, State.STARTED))
            rows.update(
                state=State.DEFERRED, next_at=later, lease_until=None, answer=str(lost)[:300]
            )

    def _end(self, rows: NoticeQuerySet, reply: Reply, notice: Notice) -> None:
        now = self.clock()
        values = _ended(reply.state, f"{reply.code or ''} {reply.text}".strip(), now)
        if reply.state == State.DEFERRED:
            values["next_at"] = now + (
                reply.retry_after or WAITS[min(notice.attempts, len(WAITS) - 1)]
            )
        if rows.update(attempts=F("attempts") + 1, **values):
            self.counts[reply.state] += 1

    def _open_line(self) -> Line:
        if self.line is None:
            self.line = self.transport.connect()
        return self.line

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None


def _start(notice: Notice, now: datetime) -> bool:
    """The fence before DATA, committed: True for one run only, and never while sending is held."""
    held = Instance.objects.filter(held_since__isnull=False)
    may = Q(campaign__state=CampaignState.RUNNING) | ~Q(kind=NoticeKind.SUMMARY)
    with transaction.atomic():
        return bool(
            picked_update(
                _waiting(notice).filter(~Exists(held), may, next_at__lte=now),
                state=State.STARTED,
                next_at=None,
                lease_until=now + START_LEASE,
            )
        )


def _waiting(notice: Notice) -> NoticeQuerySet:
    return Notice.objects.filter(pk=notice.pk, state__in=WAITING)


def _started(notice: Notice) -> NoticeQuerySet:
    return Notice.objects.filter(pk=notice.pk, state=State.STARTED)


def _ended(state: State, answer: str, now: datetime) -> dict[str, object]:
    return {
        "state": state,
        "answer": answer[:300],
        "state_at": now,
        "next_at": None,
        "lease_until": None,
    }
