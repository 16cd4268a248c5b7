"""The broker loses everything, and its connections are cut, while real Celery workers send."""

import random
import time
from collections.abc import Sequence
from itertools import pairwise

from tests.faults.celery_parts import celery, cut_off, wiped
from tests.faults.database import execute
from tests.faults.history import Faults
from tests.faults.house import House
from tests.faults.verdict import Verdict, history_of, judge

PACE_SECONDS = 3.0  # between two blows
LONGEST_GAP_SECONDS = 60.0
# Longer than anything that may hold up the rest, once the blows are over.
PATIENCE_SECONDS = 300.0
HEAP_SECONDS = 2 * PACE_SECONDS
_ALL_BUT_ONE = """
UPDATE compliance_message SET next_at = now() + interval '1 day'
WHERE id <> (SELECT id FROM compliance_message ORDER BY id LIMIT 1)
"""
_HEAPS = """
UPDATE compliance_message
SET next_at = now() + floor(random() * {heaps}) * interval '{seconds} seconds'
WHERE state = 'pending'
"""


def broker(house: House, *, valkey: str, wipes: int, seed: int) -> Verdict:
    """Sending goes on within a minute, whatever is done to the broker."""
    dice = random.Random(seed)
    execute(house.url, _ALL_BUT_ONE)
    with celery(house, broker=valkey):
        _wait_for(house, 1)
        # Mails fall due in heaps during all of it: each heap needs a "look now" that gets through.
        execute(house.url, _HEAPS.format(heaps=wipes + 1, seconds=HEAP_SECONDS))
        for number in range(2 * wipes):
            time.sleep(PACE_SECONDS * dice.uniform(0.5, 1.5))
            (cut_off if number % 2 else wiped)(valkey)
        _wait_for(house, house.people)
    house.finish()
    gap = longest_gap([row["at"] for row in house.sink.events("taken")])
    # The end is no fault of the broker: a worker that is stopped while it sends.
    history = history_of(house, Faults(uncertain=1))
    done = f"{wipes} × FLUSHALL, {wipes} × every connection cut"
    verdict = judge("broker wiped and cut off", done, history, f"longest gap {gap:.1f} s")
    if gap > LONGEST_GAP_SECONDS:
        verdict.found = [*verdict.found, f"stands still: no mail left for {gap:.0f} s"]
    return verdict


def longest_gap(times: Sequence[float]) -> float:
    """The longest time without a mail, from the first to the last."""
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def _wait_for(house: House, mails: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while house.sink.taken() < mails and time.monotonic() < end:
        time.sleep(0.05)
