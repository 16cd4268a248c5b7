"""Which mailbox sends next: four requests at once, and each mailbox's minute and day are kept."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from compliance.reminders.berth_models import Berth, Rest
from compliance.reminders.limits import mailbox_limits
from compliance.reminders.models import Instance

# https://learn.microsoft.com/graph/throttling-limits, Outlook service limits; the limit there is
# one for each mailbox, we keep it for all of them together.
AT_ONCE = 4
# Longer than any request waits for its answer: afterwards nobody is at it any more.
LEASE = timedelta(minutes=5)
_REASON_MAX = 300


def berth_take(mailboxes: Sequence[str], *, now: datetime) -> Berth | None:
    """A berth to send one mail from whichever of `mailboxes` has most room; None: not now.

    What is under way counts as sent already: a mail that arrives late shortens nobody's minute.
    """
    with transaction.atomic():
        busy = _busy(now)
        if busy.total() >= AT_ONCE:
            return None
        resting = {rest.mailbox for rest in rests(mailboxes, now=now)}
        room = {name: _room(name, now) - busy[name] for name in mailboxes if name not in resting}
        best = max(room, key=room.__getitem__, default="")
        return _taken(best, now) if best and room[best] > 0 else None


def berth_take_to_read(mailbox: str, *, now: datetime) -> Berth | None:
    """A berth for a request that sends nothing; None while all are taken."""
    with transaction.atomic():
        return _taken(mailbox, now) if _busy(now).total() < AT_ONCE else None


def berth_leave(berth: Berth, *, sent: bool, now: datetime) -> None:
    """The request is over; `sent`: it was for a mail, whatever Microsoft said to it."""
    with transaction.atomic():
        _queue_up()
        if sent:
            for limit in mailbox_limits(berth.mailbox):
                limit.note(1, now)
        Berth.objects.filter(pk=berth.pk).delete()


def mailbox_rest(mailbox: str, *, until: datetime, reason: str) -> None:
    """Send nothing from `mailbox` before `until`."""
    values = {"until": until, "reason": reason[:_REASON_MAX]}
    Rest.objects.update_or_create(mailbox=mailbox, defaults=values)


def rests(mailboxes: Sequence[str], *, now: datetime) -> list[Rest]:
    """Which of `mailboxes` rest, the first to come back first."""
    return list(Rest.objects.filter(mailbox__in=mailboxes, until__gt=now).order_by("until"))


def day_used_up(mailbox: str, *, now: datetime) -> bool:
    """Whether `mailbox` may send no more mails today."""
    return any(limit.span == "day" and not limit.free(now) for limit in mailbox_limits(mailbox))


def _busy(now: datetime) -> Counter[str]:
    """How many requests are under way, by mailbox; takers wait for each other from here on."""
    _queue_up()
    Berth.objects.filter(until__lte=now).delete()
    return Counter(Berth.objects.values_list("mailbox", flat=True))


def _queue_up() -> None:
    """As for all limits; before the first run there is no row yet, and nobody to wait for."""
    Instance.objects.select_for_update().filter(id=1).first()


def _room(mailbox: str, now: datetime) -> int:
    return min(limit.free(now) for limit in mailbox_limits(mailbox))


def _taken(mailbox: str, now: datetime) -> Berth:
    return Berth.objects.create(mailbox=mailbox, until=now + LEASE)
