"""Real Celery workers and beats of one installation, and a broker to ill-treat."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from redis import Redis
from redis.exceptions import RedisError

from tests.faults.house import House
from tests.parts import ROOT

GRACE_SECONDS = 15.0
_PROGRAM = (sys.executable, "-m", "celery", "-A", "config")
_WORKER = ("worker", "--concurrency", "2", "--without-gossip", "--without-mingle")


@contextmanager
def celery(house: House, *, broker: str, beats: int = 1) -> Iterator[None]:
    """A worker and so many beats; ended with the block."""
    with ExitStack() as stack:
        stack.enter_context(_process(house, broker, *_WORKER))
        for number in range(beats):
            schedule = str(house.folder / f"beat-{number}")
            stack.enter_context(_process(house, broker, "beat", "--schedule", schedule))
        yield


def wiped(broker: str) -> None:
    """Everything in the broker is gone."""
    Redis.from_url(broker).flushall()


def cut_off(broker: str) -> None:
    """Every connection to the broker is cut, workers' and beats'."""
    with suppress(RedisError):  # ours may be among them
        for kind in ("normal", "pubsub"):
            Redis.from_url(broker).client_kill_filter(_type=kind)


@contextmanager
def _process(house: House, broker: str, *arguments: str) -> Iterator[None]:
    env = {**house.company.env, "CELERY_BROKER_URL": broker}
    with (house.folder / "celery.log").open("ab") as log:
        process = subprocess.Popen(
            [*_PROGRAM, *arguments], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    try:
        yield
        assert process.poll() is None, f"celery {arguments[0]} has ended by itself"
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        process.kill()
        process.wait()
