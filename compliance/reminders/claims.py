"""What one run has claimed and not handed over yet: its lines take from it in turn."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from compliance.reminders.limits import tokens_return
from compliance.reminders.outbox import BATCH, LEASE, claim, release, release_all
from compliance.reminders.parcels import Parcel

# The first claim is small; later ones are what the pace so far hands over in a part of the lease.
FIRST_BATCH = 20
SHARE_OF_LEASE = 4
# When nothing is due, not every line asks.
ASK_AGAIN = timedelta(seconds=0.5)


class Claimed(NamedTuple):
    """A parcel, and since when it is ours."""

    parcel: Parcel
    at: datetime


class Claims:
    """The parcels of one run, leased to `owner`. Whoever takes one tries it or gives it back."""

    def __init__(
        self, *, owner: UUID, clock: Callable[[], datetime], campaign_id: int | None
    ) -> None:
        self._owner, self._clock, self._campaign_id = owner, clock, campaign_id
        self._waiting: deque[Claimed] = deque()
        self._size, self._taken, self._since = FIRST_BATCH, 0, clock()
        self._nothing_until = clock()

    def take(self) -> Claimed | None:
        """The next one whose lease holds, claimed when none is at hand; None: nothing is due."""
        if self._waiting and self._clock() >= self._waiting[0].at + LEASE:
            self.give_back_waiting()
        if not self._waiting:
            self._claim()
        if not self._waiting:
            return None
        self._taken += 1
        return self._waiting.popleft()

    def give_back(self, claimed: Sequence[Claimed]) -> None:
        """They were not tried: they wait again, and their tokens return."""
        if not claimed:
            return
        self._nothing_until = self._clock()
        keys = [key for each in claimed for key in each.parcel.keys]
        release(keys, owner=self._owner, next_at=self._clock())
        for at in {each.at for each in claimed}:
            tokens_return(sum(each.at == at for each in claimed), taken_at=at)

    def close(self) -> None:
        """The run ends: whatever it claimed and did not start waits again."""
        self.give_back_waiting()
        release_all(owner=self._owner, next_at=self._clock())

    def give_back_waiting(self) -> None:
        """Nobody takes those that are at hand now."""
        self.give_back(self._waiting)
        self._waiting.clear()

    def _claim(self) -> None:
        now = self._clock()
        if now < self._nothing_until:
            return
        self._size = _next_size(self._size, self._taken, now - self._since)
        self._taken, self._since = 0, now
        parcels = claim(owner=self._owner, now=now, campaign_id=self._campaign_id, most=self._size)
        self._waiting.extend(Claimed(parcel, now) for parcel in parcels)
        if not parcels:
            self._nothing_until = now + ASK_AGAIN


def _next_size(size: int, taken: int, took: timedelta) -> int:
    """As many as the pace so far hands over in a part of the lease."""
    if not taken:
        return size
    room = LEASE / SHARE_OF_LEASE
    return max(1, min(BATCH, int(taken * room / took))) if took else BATCH
