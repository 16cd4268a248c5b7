"""Waiting for mails to leave: not longer than they move, then the clock is moved on instead."""

import time
from collections.abc import Callable
from datetime import timedelta

from tests.faults import facts
from tests.faults.house import House

# When no mail leaves for so long, all that is left waits for something: a lease, a retry.
QUIET_SECONDS = 0.5
PAST_A_LEASE = timedelta(minutes=2, seconds=1)
PATIENCE = 25


def mails_reach(house: House, mails: int, *, step: timedelta = PAST_A_LEASE) -> None:
    """Return once the sink has taken so many, or when moving the clock helps no more."""
    _until(house, lambda: house.sink.taken() >= mails, step, QUIET_SECONDS)


def nothing_waits(
    house: House, *, step: timedelta = PAST_A_LEASE, quiet: float = QUIET_SECONDS
) -> None:
    """Return once nothing is owed any more, or when moving the clock helps no more."""
    _until(house, lambda: not facts.waiting(house.url), step, quiet)


def moves(house: House, seconds: float) -> bool:
    """Whether a mail leaves within so many seconds."""
    seen, end = house.sink.taken(), time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.002)
        if house.sink.taken() != seen:
            return True
    return False


def _until(house: House, reached: Callable[[], bool], step: timedelta, quiet: float) -> None:
    patience = PATIENCE
    while not reached() and patience:
        if moves(house, quiet):
            patience = PATIENCE
        else:
            house.clock.move(step)
            patience -= 1
