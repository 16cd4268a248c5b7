"""Ends what the supervisor leaves behind when it dies; a process of its own, standard library."""

# Standard input is the line to the supervisor: `+PID` names a process group to look after, `-PID`
# one that has ended. The line breaks when the supervisor ends, however it ends; whatever is still
# named then is asked to end and, after a grace time, killed with all it has started.

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable

GRACE_SECONDS = 3.0


def listen(lines: Iterable[str]) -> set[int]:
    """The groups still named when the line breaks."""
    groups: set[int] = set()
    for line in lines:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    return groups


def end(groups: set[int], *, grace: float = GRACE_SECONDS) -> None:
    """Asks every group's leader to end; kills the group when it has, or when the time is over."""
    for group in groups:
        send(os.kill, group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while groups:
        over = time.monotonic() > deadline
        ended = {group for group in groups if over or not send(os.kill, group, 0)}
        for group in ended:
            send(os.killpg, group, signal.SIGKILL)
        groups = groups - ended
        time.sleep(0.02)


def send(kill: Callable[[int, int], None], target: int, signal_number: int) -> bool:
    """Whether there was anyone to receive the signal."""
    try:
        kill(target, signal_number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    end(listen(sys.stdin))
