"""The two writes around a hand-over: START before it, its ending after it."""

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from django.db import connection, transaction

from compliance.reminders import handover_anywhere, handover_postgresql
from compliance.reminders.models import State
from compliance.reminders.parcels import Parcel
from compliance.reminders.verdicts import Ending

# START is the fence: committed after the server took the recipient and before the mail leaves. From
# then on the mail counts as sent until an answer is written down, so a run that dies in between
# leaves this one message uncertain and is never the reason for a second mail.
#
# A final message is never claimed again. Two guards say so, each enough by itself: its state is
# none that waits, and its `next_at` is NULL, which no time is later than; one row update writes
# both. Only a claim leads to the state that START asks for.

# RFC 5321 lets a server think ten minutes after DATA; after fifteen nobody is waiting any more.
START_LEASE = timedelta(minutes=15)


class Step(NamedTuple):
    """What a write did: the ending's state (None: others decided), and who goes now (or None)."""

    ended: State | None
    going: Parcel | None


class Write(Protocol):
    """Writes what one line wants: an ending, a START, or both."""

    def __call__(
        self, ending: Ending | None, parcel: Parcel | None, *, owner: UUID, now: datetime
    ) -> Step: ...


def step(ending: Ending | None, parcel: Parcel | None, *, owner: UUID, now: datetime) -> Step:
    """The ending before and the START of `parcel`, where there are such."""
    if ending and parcel:
        return finish_and_start(ending, parcel, owner=owner, now=now)
    return Step(
        finish(ending, owner=owner) if ending else None,
        start(parcel, owner=owner, now=now) if parcel else None,
    )


def start(parcel: Parcel, *, owner: UUID, now: datetime) -> Parcel | None:
    """The fence: what of `parcel` may be handed over now, and by nobody else; None: nothing.

    A cancellation and a start wait for each other. Riders that are refused drop out.
    """
    write = handover_postgresql.start if _postgresql() else handover_anywhere.start
    going = []
    with transaction.atomic():
        for message in parcel.messages:
            if write(message.pk, parcel.carrier, owner=owner, now=now, until=now + START_LEASE):
                going.append(message.pk)
            elif message is parcel.carrier:
                return None
    return parcel.only(going)


def finish(ending: Ending, *, owner: UUID) -> State | None:
    """Write down what a try came to; returns its state, None when others have decided.

    Even when the lease is over and the mail was noted as uncertain, the server's definite yes or
    no to the run that started it is the truth, as long as nobody has decided about it since.
    """
    if _postgresql():
        ended = handover_postgresql.finish(ending, owner=owner)
    else:
        with transaction.atomic():
            ended = handover_anywhere.finish(ending, owner=owner)
    return ending.state if ended else None


def finish_and_start(ending: Ending, parcel: Parcel, *, owner: UUID, now: datetime) -> Step:
    """Both in one commit: whoever waits for the disk once a mail can wait half as often.

    On PostgreSQL a start that would have to wait, or has riders, is made by itself: nobody waits
    for one message's lock while holding another's.
    """
    if not _postgresql():
        with transaction.atomic():
            return Step(finish(ending, owner=owner), start(parcel, owner=owner, now=now))
    if parcel.riders:
        return Step(finish(ending, owner=owner), start(parcel, owner=owner, now=now))
    ended, started = handover_postgresql.finish_and_start(
        ending, parcel.carrier, owner=owner, now=now, until=now + START_LEASE
    )
    going = parcel if started else start(parcel, owner=owner, now=now)
    return Step(ending.state if ended else None, going)


def _postgresql() -> bool:
    return connection.vendor == "postgresql"
