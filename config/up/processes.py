"""Child processes that end with their parent, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO

from config.up import guard

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 10_000_000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Part:
    """One program to run: its command line, the sign that it is up, the time it has to end."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool] | None = None
    grace_seconds: float = 5.0
    fds: tuple[int, ...] = ()


class Guard:
    """The supervisor's side of the guard process; see `config.up.guard`."""

    def __init__(self, *, lock: TextIO) -> None:
        """`lock` is inherited: the data directory stays locked until the last child is gone."""
        self._process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", guard.__file__],
            stdin=subprocess.PIPE,
            pass_fds=[lock.fileno()],
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    def watch(self, pid: int) -> None:
        """Looks after the process group `pid` from now on."""
        self._tell(f"+{pid}\n")

    def forget(self, pid: int) -> None:
        """The process group `pid` has ended."""
        self._tell(f"-{pid}\n")

    def close(self) -> None:
        """Ends the guard, and with it whatever it still looks after."""
        self._line.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        self._line.write(line)

    @property
    def _line(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin


class Spawner:
    """Starts programs with one environment, a log file each, and the guard's eye on them."""

    def __init__(self, *, env: Mapping[str, str], folder: Path, logs: Path, guard: Guard) -> None:
        self.logs = logs
        self._env = env
        self._folder = folder
        self._guard = guard

    def spawn(self, part: Part, *, output: int | None = None) -> subprocess.Popen[bytes]:
        """Starts `part` in a process group of its own; `output` replaces the log for its stdout."""
        log = open_log(self.log_path(part.name))
        parent = os.getpid()
        with log:
            process = subprocess.Popen(  # noqa: S603 - the fixed commands of config.up.parts
                part.argv,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=log,
                pass_fds=part.fds,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent),  # noqa: PLW1509 - there are no threads here
            )
        self._guard.watch(process.pid)
        return process

    def end(self, process: subprocess.Popen[bytes], *, grace_seconds: float) -> None:
        """Asks a program to end; after the grace time kills it. Nothing it started survives."""
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=grace_seconds)
        guard.send(os.killpg, process.pid, signal.SIGKILL)
        process.wait()
        self._guard.forget(process.pid)

    def log_path(self, name: str) -> Path:
        """Where the output of the part `name` goes."""
        return self.logs / f"{name}.log"


def die_with(parent: int) -> None:
    """Has the kernel end this process when `parent` dies; runs between fork and exec."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def open_log(path: Path) -> IO[bytes]:
    """The log file, opened to append; a large one is set aside first, one generation is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def log_tail(path: Path, *, lines: int = 15) -> str:
    """The last lines of a log, for a message about what went wrong."""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 8_192))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
