"""Keeps a set of programs running until it is told to stop."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from config.up.processes import Part, Spawner, log_tail

TICK_SECONDS = 0.2
READY_SECONDS = 60.0
STABLE_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 30.0


class StartFailedError(Exception):
    """A program did not come up; the text names it and shows the end of its log."""


class Child:
    """A part as it runs: its process, and when it is due to be started again after it died."""

    def __init__(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        self.part = part
        self.process = process
        self.failures = 0
        self.due: float | None = None
        self.started = time.monotonic()

    def died(self) -> float:
        """Notes a death; returns the wait in seconds, which grows unless it ran well for long."""
        stable = time.monotonic() - self.started > STABLE_SECONDS
        self.failures = 1 if stable else self.failures + 1
        wait = min(2.0 ** (self.failures - 1), LONGEST_WAIT_SECONDS)
        self.due = time.monotonic() + wait
        return wait

    def born(self, process: subprocess.Popen[bytes]) -> None:
        """Notes that the part runs again."""
        self.process = process
        self.due = None
        self.started = time.monotonic()


class Supervisor:
    """Starts parts, restarts those that die, and ends them in the reverse order."""

    def __init__(self, *, spawner: Spawner, say: Callable[[str], None]) -> None:
        self._spawner = spawner
        self._say = say
        self._children: list[Child] = []

    def start(self, part: Part) -> None:
        """Starts `part`; `wait_ready` tells when it answers."""
        self._children.append(Child(part, self._spawner.spawn(part)))

    def wait_ready(self, name: str) -> None:
        """Waits until the part answers. Raises StartFailedError when it dies or takes too long."""
        child = next(child for child in self._children if child.part.name == name)
        deadline = time.monotonic() + READY_SECONDS
        while child.part.ready and not child.part.ready():
            if child.process.poll() is not None or time.monotonic() > deadline:
                raise StartFailedError(self._failure(name, child.process.poll()))
            time.sleep(0.05)

    def run_once(self, part: Part) -> bytes:
        """Runs a program to its end and returns what it printed. Raises StartFailedError."""
        process = self._spawner.spawn(part, output=subprocess.PIPE)
        try:
            printed, _ = process.communicate()
        finally:
            self._spawner.end(process, grace_seconds=part.grace_seconds)
        if process.returncode:
            raise StartFailedError(self._failure(part.name, process.returncode, printed))
        return printed

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Restarts what dies, with growing waits, until `until` or an interrupt."""
        while not until():
            for child in self._children:
                self._look_after(child)
            time.sleep(TICK_SECONDS)

    def stop(self) -> None:
        """Ends every child, the last started first; an interrupt meanwhile ends the patience."""
        patience = 1.0
        while self._children:
            child = self._children[-1]
            try:
                self._spawner.end(child.process, grace_seconds=child.part.grace_seconds * patience)
                self._children.pop()
            except KeyboardInterrupt:
                patience = 0.0

    def _look_after(self, child: Child) -> None:
        if child.due is None and child.process.poll() is not None:
            self._spawner.end(child.process, grace_seconds=0)
            reason, wait = end_reason(child.process.returncode), child.died()
            log = self._spawner.log_path(child.part.name)
            self._say(f"{child.part.name} {reason}; starting it again in {wait:.0f} s (log: {log})")
        elif child.due is not None and time.monotonic() >= child.due:
            child.born(self._spawner.spawn(child.part))
            self._say(f"{child.part.name} runs again")

    def _failure(self, name: str, code: int | None, printed: bytes = b"") -> str:
        log = self._spawner.log_path(name)
        ended = "does not answer" if code is None else end_reason(code)
        shown = printed.decode(errors="replace").strip() or log_tail(log)
        return f"{name} {ended}. The end of what it said (all of it: {log}):\n{shown}"


def end_reason(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Within the block Ctrl-C, SIGTERM and a closed terminal all raise KeyboardInterrupt."""
    caught = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        caught.append(signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
