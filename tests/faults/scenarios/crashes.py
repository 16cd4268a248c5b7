"""The database dies without warning, again and again, or its disk is full."""

import random
import time
from pathlib import Path

from tests.faults import facts
from tests.faults.database import Postgres, wait_running
from tests.faults.history import Faults
from tests.faults.house import House
from tests.faults.progress import mails_reach, moves
from tests.faults.verdict import Verdict, history_of, judge
from tests.faults.worker import Worker

WORKERS = 3
QUIET_SECONDS = 1.0
FULL = "No space left on device"


def crashes(house: House, server: Postgres, *, crashes: int, seed: int) -> Verdict:
    """0 lost, no false ACCEPTED: what was told to be accepted was accepted."""
    dice = random.Random(seed)
    crew = [house.nursery.start("work", clock=house.time) for _ in range(WORKERS)]
    started: set[str] = set()
    for share in sorted(dice.random() for _ in range(crashes)):
        mails_reach(house, int(share * house.people * 0.95))
        time.sleep(dice.random() * 0.05)
        server.crash()
        server.start()
        started |= facts.under_way(house.url)
    mails_reach(house, house.people - WORKERS * crashes)
    _end(house, crew)
    house.finish()
    faults = Faults(uncertain=(crashes + 1) * WORKERS, keys=started)
    history = history_of(house, faults, also_polite=True)
    return judge("database killed", f"{crashes} × pg_ctl stop -m immediate", history)


def disk_full(house: House, server: Postgres, *, times: int, seed: int) -> Verdict:
    """0 lost, a clear error, and it goes on when there is space again."""
    dice = random.Random(seed)
    crew = [house.nursery.start("work", clock=house.time) for _ in range(WORKERS)]
    started: set[str] = set()
    for share in sorted(dice.random() for _ in range(times)):
        mails_reach(house, int(share * house.people * 0.8))
        ballast = _fill(server.home)
        _wait_until_it_hurts(house, server)
        started |= facts.under_way(house.url) if server.running() else set()
        ballast.unlink()
        if not server.running():
            server.start()
        wait_running(server)
        started |= facts.under_way(house.url)
    mails_reach(house, house.people - WORKERS * times)
    _end(house, crew)
    house.finish()
    faults = Faults(uncertain=(times + 1) * WORKERS, keys=started)
    history = history_of(house, faults, also_polite=True)
    return judge("disk full", f"{times} times, on a small tmpfs", history, _error(house, server))


def _fill(folder: Path) -> Path:
    """A file that takes all that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            pass
    return ballast


def _wait_until_it_hurts(house: House, server: Postgres) -> None:
    end = time.monotonic() + 30
    while not _error(house, server) or moves(house, QUIET_SECONDS):
        assert time.monotonic() < end, "the disk is full, and nobody complains"


def _error(house: House, server: Postgres) -> str:
    """The first complaint about space: a worker's or, when it had to stop, the server's own."""
    for log in (house.nursery.log, server.home / "log"):
        said = log.read_text(errors="replace").splitlines() if log.exists() else []
        if complaint := next((line.strip() for line in said if FULL in line), ""):
            return complaint
    return ""


def _end(house: House, crew: list[Worker]) -> None:
    for worker in crew:
        assert worker.alive(), f"a worker gave up for good:\n{house.nursery.tail()}"
        worker.kill()
