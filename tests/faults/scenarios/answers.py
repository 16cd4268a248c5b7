"""People answer while their reminders leave: none is started after the answer's commit."""

import random
from datetime import datetime, timedelta

from tests.faults import facts, fence
from tests.faults.database import query
from tests.faults.history import Faults
from tests.faults.house import House
from tests.faults.progress import nothing_waits
from tests.faults.verdict import Verdict, history_of, judge

WORKERS = 3
OFFICES = 2  # processes that record answers
# So slow a server that reminders leave for as long as answers come.
THINKS_SECONDS = 0.015
MORNING_HOUR = 10
DAYS = 20
_ASKED = "SELECT id FROM compliance_assignment WHERE exclusion = '' ORDER BY email"


def answers(house: House, *, seed: int) -> Verdict:
    """Half of all people answer at the very time at which everybody's reminder leaves."""
    fence.install(house.url)
    house.nursery.run("drain", clock=house.time)
    invited = house.sink.taken()
    _go_to_the_reminders(house)
    owed = facts.waiting(house.url)
    house.sink.behave(delay=THINKS_SECONDS)
    offices = [
        house.nursery.start("answer", clock=house.time, done=_done(house), assignments=names)
        for names in _who_answers(house, random.Random(seed))
    ]
    crew = [house.nursery.start("work", clock=house.time) for _ in range(WORKERS)]
    for office in offices:
        assert office.wait() == 0, house.nursery.tail()
    nothing_waits(house)
    for worker in crew:
        worker.kill()
    house.nursery.run("drain", clock=house.time)
    history = history_of(house, Faults(uncertain=len(crew)), fenced=True)
    sent = house.sink.taken() - invited
    done = f"{len(history.fence.answers)} answers during {owed} reminders"
    return judge("answers in the middle", done, history, f"{sent} reminders sent")


def _go_to_the_reminders(house: House) -> None:
    """To ten in the morning of the first day on which reminders are due."""
    for _ in range(DAYS):
        house.clock.move(_until_morning(house.clock()))
        house.nursery.run("plan", clock=house.time, times=1)
        if facts.waiting(house.url):
            return
    raise AssertionError(f"No reminder was planned within {DAYS} days.")


def _until_morning(now: datetime) -> timedelta:
    morning = now.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return morning - now if morning > now else morning + timedelta(days=1) - now


def _who_answers(house: House, dice: random.Random) -> list[str]:
    """Half of them, in random order, a file for each office."""
    people = [key for (key,) in query(house.url, _ASKED)]
    chosen = dice.sample(people, len(people) // 2)
    files = [house.folder / f"answers-{number}" for number in range(OFFICES)]
    for number, file in enumerate(files):
        file.write_text("\n".join(chosen[number::OFFICES]))
    return [str(file) for file in files]


def _done(house: House) -> str:
    return str(house.folder / "answered")
