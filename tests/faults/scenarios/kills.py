"""SIGKILLs of pump workers at random moments, while several run and each is started anew."""

import random
import time

from tests.faults.history import Faults
from tests.faults.house import House
from tests.faults.progress import mails_reach
from tests.faults.verdict import Verdict, history_of, judge
from tests.faults.worker import Worker

WORKERS = 3
# A server that thinks for a moment, so that many kills hit a mail under way.
THINKS_SECONDS = 0.004
STARTED_ANEW = ("work", "work", "work", "command")


def kills(house: House, *, kills: int, seed: int, lines: int = 1) -> Verdict:
    """0 lost, 0 twice, at most one UNCERTAIN a killed line, each of them in the export."""
    dice = random.Random(seed)
    house.sink.behave(delay=THINKS_SECONDS)
    crew = [_start(house, dice, lines) for _ in range(WORKERS)]
    done = 0
    for share in sorted(dice.random() for _ in range(kills)):
        mails_reach(house, int(share * house.people * 0.97))
        time.sleep(dice.random() * 0.02)
        place = dice.randrange(WORKERS)
        done += crew[place].kill()
        crew[place] = _start(house, dice, lines)
    for worker in crew:
        done += worker.kill()
    house.finish()
    history = history_of(house, Faults(uncertain=done * lines))
    name = "workers killed" if lines == 1 else f"workers with {lines} connections killed"
    return judge(name, f"{done} SIGKILLs", history)


def _start(house: House, dice: random.Random, lines: int) -> Worker:
    """Most often the worker's loop; sometimes the whole command, planner and seal included."""
    if dice.choice(STARTED_ANEW) == "work":
        return house.nursery.start("work", clock=house.time, lines=lines)
    return house.nursery.start("drain", clock=house.time, lines=lines)
