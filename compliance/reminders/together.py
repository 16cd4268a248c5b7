"""Lines that wait at the same moment write together: one statement, one wait for the disk."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError
from greenlet import getcurrent

from compliance.reminders.fibers import Fibers
from compliance.reminders.handover import START_LEASE, Step, finish, start, step
from compliance.reminders.handover_together import MOST, write_together
from compliance.reminders.models import State
from compliance.reminders.parcels import Parcel
from compliance.reminders.verdicts import Ending


class Together:
    """What the fibers of one run write; on PostgreSQL.

    Each line asks for its own ending and START, and waits until they are written. Once all lines
    wait, for the server or for this, what they asked for goes into one commit.
    """

    def __init__(self, interrupted: Callable[[], None] = lambda: None) -> None:
        self.fibers = Fibers(idle=self._write, interrupted=interrupted)
        self._asked: list[_Request] = []

    def step(
        self, ending: Ending | None, parcel: Parcel | None, *, owner: UUID, now: datetime
    ) -> Step:
        """As handover.step, in a fiber; belongs in no transaction."""
        if parcel and parcel.riders:
            return step(ending, parcel, owner=owner, now=now)
        request = _Request(ending, parcel, owner, now)
        self._asked.append(request)
        self.fibers.pause()
        return request.result()

    def _write(self) -> bool:
        """Write for those who asked first; whether anybody had."""
        group, self._asked = self._asked[:MOST], self._asked[MOST:]
        try:
            if group:
                _write(group)
        finally:
            for request in group:
                self.fibers.wake(request.fiber)
        return bool(group)


class _Request:
    """What one line wants, and what of it is written."""

    def __init__(
        self, ending: Ending | None, parcel: Parcel | None, owner: UUID, now: datetime
    ) -> None:
        self.ending, self.parcel, self.owner, self.now = ending, parcel, owner, now
        self.written: set[UUID] = set()
        self.fiber = getcurrent()

    def result(self) -> Step:
        """In its own line: what was not written together is asked for alone, and may wait."""
        return Step(self._ended(), self._going())

    def _ended(self) -> State | None:
        if self.ending is None:
            return None
        if self.written.issuperset(self.ending.parcel.keys):
            return self.ending.state
        alone = finish(self.ending, owner=self.owner)
        return alone or (self.ending.state if self.written & {*self.ending.parcel.keys} else None)

    def _going(self) -> Parcel | None:
        if self.parcel is None or self.parcel.carrier.pk in self.written:
            return self.parcel
        return start(self.parcel, owner=self.owner, now=self.now)


def _write(group: Sequence[_Request]) -> None:
    """All in one commit. When that fails nothing is written, and each line asks by itself."""
    endings = [(each.ending, each.owner) for each in group if each.ending]
    carriers = [(each.parcel.carrier, each.owner) for each in group if each.parcel]
    now = max(each.now for each in group)
    try:
        written = write_together(endings, carriers, now=now, until=now + START_LEASE)
    except DatabaseError:
        return
    for each in group:
        each.written = written
