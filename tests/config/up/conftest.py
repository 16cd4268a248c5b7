"""The stage: a supervisor in a process of its own, and what is left of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.up.processes import Guard, Spawner
from config.up.supervisor import Supervisor
from tests.parts import ROOT


def eventually(condition: Callable[[], bool], *, seconds: float = 8.0) -> bool:
    """Whether the condition comes true within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class House:
    """A running supervisor with the programs `first` and `second`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "terminal"
        with self.output.open("a") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.config.up.house", str(folder)],
                cwd=ROOT,
                stdout=terminal,
                stderr=terminal,
            )

    def wait_up(self) -> "House":
        assert eventually(lambda: "up\n" in self.said), self.said
        return self

    @property
    def said(self) -> str:
        return self.output.read_text()

    def pids(self, name: str) -> list[int]:
        """The program's own id and its grandchild's."""
        return [int(pid) for pid in (self.folder / f"{name}.pids").read_text().split()]

    def everybody(self) -> list[int]:
        return self.pids("first") + self.pids("second")

    def signal_and_wait(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is up; ended after the test, whatever happened."""
    house = House(tmp_path).wait_up()
    yield house
    if house.process.poll() is None:
        house.signal_and_wait(signal.SIGTERM)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor within the test's own process."""
    with (tmp_path / "lock").open("w") as lock:
        guard = Guard(lock=lock)
        spawner = Spawner(env=dict(os.environ), folder=tmp_path, logs=tmp_path / "log", guard=guard)
        supervisor = Supervisor(spawner=spawner, say=print)
        yield supervisor
        supervisor.stop()
        guard.close()
