"""The sending limits, a minute and a day, held by all runs together in the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, QuerySet, Sum, Value, When

from compliance.campaigns.models import Assurance, Campaign, CampaignState
from compliance.reminders.models import Bucket, Instance
from compliance.reminders.senders import (
    MAILBOX_PER_DAY,
    MAILBOX_PER_MINUTE,
    left_to_codes,
    rate_per_day,
    rate_per_minute,
)

_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Limit:
    """At most `tokens` within any `length`; counted in slots of `grain`, so that few rows do.

    `mailbox` is whose limit it is, '' for that of all mails.
    """

    span: str
    tokens: int
    length: timedelta
    grain: timedelta
    mailbox: str = ""

    def slot(self, moment: datetime) -> datetime:
        """The end of the slot of `moment`: counted from there, nothing comes back too early."""
        seconds = self.grain.total_seconds()
        return datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, UTC)

    def free(self, now: datetime) -> int:
        """How many tokens nobody has taken since one `length` ago."""
        live = self._rows().filter(slot__gt=now - self.length)
        taken: int = live.aggregate(taken=Sum("taken", default=0))["taken"]
        return max(0, self.tokens - taken)

    def note(self, count: int, now: datetime) -> None:
        """Write down that `count` are taken; forget what came back long ago."""
        slot = self.slot(now)
        if not self._rows().filter(slot=slot).update(taken=F("taken") + count):
            self._rows().create(span=self.span, mailbox=self.mailbox, slot=slot, taken=count)
            # Kept twice as long as they count, for workers whose clock is slow.
            self._rows().filter(slot__lte=now - 2 * self.length).delete()

    def give_back(self, count: int, taken_at: datetime) -> None:
        """`count` of what was taken at `taken_at` was not used."""
        slot = self._rows().filter(slot=self.slot(taken_at))
        slot.update(taken=Case(When(taken__gt=count, then=F("taken") - count), default=Value(0)))

    def _rows(self) -> QuerySet[Bucket]:
        return Bucket.objects.filter(span=self.span, mailbox=self.mailbox)


def tokens_take(wanted: int, *, now: datetime, leave_codes: bool = False) -> int:
    """How many of `wanted` mails may go now; so many tokens are taken.

    `leave_codes`: the share of one-time codes is left alone while a campaign asks for them. Each
    token comes back one minute and one day later. Belongs in the claim's transaction: what rolls
    back has taken nothing. Takers wait for each other at the instance's row; raises
    Instance.DoesNotExist before `instance_check` has made it.
    """
    limits = list(_limits())
    if not limits or wanted <= 0:
        return max(0, wanted)
    with transaction.atomic(savepoint=False):
        _queue_up()
        leave_codes = leave_codes and _codes_may_be_asked()
        granted = min(wanted, *(_room(limit, now, leave_codes=leave_codes) for limit in limits))
        if granted:
            for limit in limits:
                limit.note(granted, now)
    return granted


def _codes_may_be_asked() -> bool:
    taking = (CampaignState.RUNNING, CampaignState.PAUSED)
    return Campaign.objects.filter(state__in=taking, assurance=Assurance.CODE).exists()


def _room(limit: Limit, now: datetime, *, leave_codes: bool) -> int:
    return max(0, limit.free(now) - (left_to_codes(limit.tokens) if leave_codes else 0))


def tokens_return(count: int, *, taken_at: datetime) -> None:
    """Give back `count` of the tokens that were taken at `taken_at` and not used.

    They return to the slot they came from: with any other, others would come back too early.
    """
    if count <= 0:
        return
    for limit in _limits():
        limit.give_back(count, taken_at)


def _queue_up() -> None:
    """One taker at a time: two that read at once would both see the same tokens free.

    Raises Instance.DoesNotExist before `instance_check` has made the row. SQLite needs no lock
    here: its writers' transactions begin one after the other (IMMEDIATE).
    """
    Instance.objects.select_for_update().get(id=1)


def mailbox_limits(mailbox: str) -> tuple[Limit, ...]:
    """What Microsoft lets one mailbox send."""
    return (
        Limit("minute", MAILBOX_PER_MINUTE, timedelta(minutes=1), timedelta(seconds=1), mailbox),
        Limit("day", MAILBOX_PER_DAY, timedelta(days=1), timedelta(minutes=1), mailbox),
    )


def _limits() -> Iterator[Limit]:
    if rate_per_minute():
        yield Limit("minute", rate_per_minute(), timedelta(minutes=1), timedelta(seconds=1))
    if rate_per_day():
        yield Limit("day", rate_per_day(), timedelta(days=1), timedelta(minutes=1))
