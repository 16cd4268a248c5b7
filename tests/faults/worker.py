"""The harness' side of the nursery: workers that are started, killed, stopped and waited for."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.parts import ROOT


class Nursery:
    """`with Nursery(env, log) as nursery:` — forks workers of one installation."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self._env, self.log = env, log

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.faults.nursery", str(self.log)]
        pipe, env = subprocess.PIPE, dict(self._env)
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True
        )
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()  # the kernel ends its children with it
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def start(self, job: str, **arguments: Any) -> "Worker":
        """Fork a process that does `job` (see `jobs.JOBS`)."""
        return Worker(self, self._ask({"start": job, "with": arguments}), job)

    def run(self, job: str, **arguments: Any) -> None:
        """Do `job` to its end. Raises AssertionError when it fails."""
        worker = self.start(job, **arguments)
        code = worker.wait()
        assert code == 0, f"{job} ended with {code}:\n{self.tail()}"

    def tail(self) -> str:
        """The end of what the workers said."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def tend(self, pid: int, *, number: int = 0, wait: bool = False) -> int | None:
        """Signal a child and look after it; its exit code, None while it lives."""
        code: int | None = self._ask({"pid": pid, "number": number, "wait": wait})
        return code

    def _ask(self, order: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the nursery has ended:\n{self.tail()}"
        return json.loads(answer)


class Worker:
    """One forked process."""

    def __init__(self, nursery: Nursery, pid: int, job: str) -> None:
        self._nursery, self.pid, self.job = nursery, pid, job
        self.ended: int | None = None

    def kill(self) -> bool:
        """SIGKILL; whether it was still alive."""
        if not self.alive():
            return False
        self.ended = self._nursery.tend(self.pid, number=signal.SIGKILL, wait=True)
        return True

    def stop(self) -> None:
        """SIGSTOP."""
        self._nursery.tend(self.pid, number=signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self._nursery.tend(self.pid, number=signal.SIGCONT)

    def alive(self) -> bool:
        """Whether it has not ended yet."""
        if self.ended is None:
            self.ended = self._nursery.tend(self.pid)
        return self.ended is None

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        if self.ended is None:
            self.ended = self._nursery.tend(self.pid, wait=True)
        assert self.ended is not None
        return self.ended
