"""The process that has loaded Optrail once and forks workers, so that kills hit work, not imports."""

import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

_PR_SET_PDEATHSIG = 1


def main(log: Path) -> None:
    """Obey one JSON order a line on standard input, answer each with one line."""
    django.setup()
    from tests.faults.jobs import JOBS

    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if job := order.get("start"):
            pid = _fork(JOBS[job], order.get("with", {}), log)
            children.add(pid)
            _answer(pid)
        else:
            _answer(_tend(children, **order))


def _tend(children: set[int], *, pid: int, number: int = 0, wait: bool = False) -> int | None:
    """Signal the child (a dead one keeps its number until it is waited for); its exit code."""
    if pid not in children:
        return None
    if number:
        os.kill(pid, number)
    ended, status = os.waitpid(pid, 0 if wait else os.WNOHANG)
    if not ended:
        return None
    children.discard(pid)
    return os.waitstatus_to_exitcode(status)


def _fork(job: Callable[..., None], arguments: dict[str, Any], log: Path) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _settle_in(parent, log)
        job(**arguments)
        code = 0
    except BaseException:  # noqa: BLE001 - it is written down, and the exit code says it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _settle_in(parent: int, log: Path) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)


def _answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(Path(sys.argv[1]))
