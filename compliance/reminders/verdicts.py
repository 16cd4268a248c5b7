"""What one try at handing a parcel over came to, and when it is tried again."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from compliance.reminders.models import Message, State
from compliance.reminders.parcels import Parcel
from compliance.reminders.transports.line import Reply

# A server that puts a mail off is asked again after these waits, the last of them repeated …
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720))
# … until so long after the first try, and so many tries: a stop in between is no try.
GIVE_UP_AFTER = timedelta(days=4)
GIVE_UP_TRIES = 5
_ANSWER_MAX = 300


@dataclass(frozen=True)
class Ending:
    """One try's end, as it is written down for every message of the parcel.

    `next_at` is when it is tried again, None when nothing is to be done any more.
    """

    parcel: Parcel
    state: State
    code: int
    answer: str
    at: datetime
    next_at: datetime | None = None

    @property
    def definite(self) -> bool:
        """Whether the server took the mail, or refused it, for good."""
        return self.state in (State.ACCEPTED, State.REJECTED)

    @property
    def left(self) -> bool:
        """Whether the mail left, or may have."""
        return self.state in (State.ACCEPTED, State.UNCERTAIN)


def ending_of(parcel: Parcel, reply: Reply, *, now: datetime) -> Ending:
    """What `reply`, heard at `now`, means for `parcel`."""
    answer = _scrubbed(reply.text, parcel.carrier.recipient)
    if reply.state != State.DEFERRED:
        return Ending(parcel, reply.state, reply.code, answer[:_ANSWER_MAX], now)
    if _tried_enough(parcel.carrier, now):
        given_up = f"gave up after {GIVE_UP_AFTER.days} days: {answer}"
        return Ending(parcel, State.REJECTED, reply.code, given_up[:_ANSWER_MAX], now)
    next_at = now + _wait(parcel.carrier.attempts, reply)
    return Ending(parcel, State.DEFERRED, reply.code, answer[:_ANSWER_MAX], now, next_at)


def _tried_enough(message: Message, now: datetime) -> bool:
    """Often enough, over days enough, since it was last owed: with this try."""
    if message.dated_at is None or now - message.dated_at < GIVE_UP_AFTER:
        return False  # which spares nearly every mail the look at its tries
    owed_again = message.outcomes.filter(state=State.PENDING).aggregate(last=Max("id"))["last"]
    tries = message.outcomes.filter(attempt__gt=0, id__gt=owed_again or 0).order_by("id")
    moments = [*tries.values_list("at", flat=True), now]
    return len(moments) >= GIVE_UP_TRIES and now - moments[0] >= GIVE_UP_AFTER


def _wait(tries: int, reply: Reply) -> timedelta:
    """Longer each time; longer still when the server asks for it."""
    return max(WAITS[min(tries, len(WAITS) - 1)], reply.retry_after or timedelta(0))


def _scrubbed(answer: str, recipient: str) -> str:
    """Servers repeat the address; here it stands in a column of its own, which can be erased."""
    text = " ".join(answer.split())
    if not recipient or recipient.lower() not in text.lower():
        return text
    return re.sub(re.escape(recipient), "<address>", text, flags=re.IGNORECASE)
