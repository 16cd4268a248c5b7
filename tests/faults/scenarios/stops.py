"""SIGSTOP past the lease, then SIGCONT: a worker that wakes up believes that nothing has happened."""

import random
import shutil
import time
from datetime import timedelta
from pathlib import Path

from tests.faults import facts
from tests.faults.history import Faults
from tests.faults.house import House
from tests.faults.progress import PAST_A_LEASE
from tests.faults.verdict import Verdict, history_of, judge
from tests.faults.worker import Worker

# Longer than both leases: two and fifteen minutes.
PAST_BOTH_LEASES = timedelta(minutes=16)
PATIENCE_SECONDS = 60.0
# Before the next mail is addressed; between its START and DATA; after the server took it, before the
# answer is written down.
PLACES = ("leased", "started", "taken")
MAILS = 20
# Every fourth never wakes up.
FOURTH = 4


def stops(house: House, *, stops: int, seed: int) -> Verdict:
    """0 twice: whoever wakes up after its lease hands nothing over that others have taken."""
    dice = random.Random(seed)
    sleepers, started = [], set()
    for number in range(stops):
        sleepers.append(_sleeper(house, dice, number))
        started |= facts.under_way(house.url)
        house.clock.move(PAST_A_LEASE)  # what this one has claimed, the next may take
    house.clock.move(PAST_BOTH_LEASES)
    house.nursery.run("drain", clock=house.time)
    slept = house.sink.taken()
    for worker in sleepers[::FOURTH]:
        worker.kill()  # and what it was in the middle of stays unknown
    awake = [worker for worker in sleepers if worker.ended is None]
    for worker in awake:
        worker.go_on()
    _let_them_work(awake)
    late = house.sink.taken() - slept
    for worker in awake:
        worker.kill()
    house.finish()
    history = history_of(house, Faults(uncertain=len(started), keys=started))
    done = f"{stops} SIGSTOPs, {len(started)} of them in mid-mail"
    return judge("workers stopped past the lease", done, history, f"{late} mails after waking up")


def _sleeper(house: House, dice: random.Random, number: int) -> Worker:
    """Stopped at one of the three places; every second one on a clock that stays behind."""
    clock = house.time if number % 2 else shutil.copy(house.time, f"{house.time}-{number}")
    place, mail = PLACES[number % len(PLACES)], dice.randint(1, MAILS)
    worker = house.nursery.start("stop_once", place=place, number=mail, clock=clock)
    end = time.monotonic() + PATIENCE_SECONDS
    while _state(worker) != "T":
        assert time.monotonic() < end, f"worker {number} never came to {place}"
        time.sleep(0.01)
    return worker


def _let_them_work(workers: list[Worker]) -> None:
    """Until each has ended what it was in the middle of, and looks for more in vain."""
    time.sleep(1.0 + 0.1 * len(workers))
    for worker in workers:
        assert worker.alive(), f"a {worker.job} worker died when it woke up"


def _state(worker: Worker) -> str:
    """The process' state as the kernel has it: T is stopped."""
    return Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0]
