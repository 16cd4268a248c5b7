"""Everything is there more than once: beats, planners, pumps, and every task comes five times."""

import time

from celery import Celery

from tests.faults import facts
from tests.faults.celery_parts import celery
from tests.faults.history import Faults
from tests.faults.house import House
from tests.faults.verdict import Verdict, history_of, judge

BEATS, PLANNERS, PUMPS, TIMES = 3, 2, 2, 5
TASKS = tuple(f"compliance.reminders.tasks.{name}" for name in ("plan", "pump", "seal"))
PATIENCE_SECONDS = 600.0
PACE_SECONDS = 0.5


def doubles(house: House, *, valkey: str) -> Verdict:
    """0 twice."""
    planners = [house.nursery.start("plan") for _ in range(PLANNERS)]
    pumps = [house.nursery.start("work") for _ in range(PUMPS)]
    with celery(house, broker=valkey, beats=BEATS):
        delivered = _flood(house, Celery(broker=valkey))
    for worker in (*planners, *pumps):
        assert worker.alive(), f"a {worker.job} gave up:\n{house.nursery.tail()}"
        worker.kill()
    house.finish()
    history = history_of(house, Faults())
    done = f"{BEATS} beats, {PLANNERS} planners, {PUMPS} pumps beside Celery, {delivered} tasks"
    return judge("everything at once, and again", done, history)


def _flood(house: House, app: Celery) -> int:
    """Each task five times in a row, until every mail has left and a little longer."""
    delivered, end = 0, time.monotonic() + PATIENCE_SECONDS
    rounds_left = 4
    while rounds_left and time.monotonic() < end:
        for task in TASKS:
            for _ in range(TIMES):
                app.send_task(task)
                delivered += 1
        time.sleep(PACE_SECONDS)
        rounds_left -= not facts.waiting(house.url)
    return delivered
