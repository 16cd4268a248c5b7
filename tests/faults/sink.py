"""The harness' side of the SMTP server: start it, tell it how to misbehave, read its record."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tests.parts import ROOT, free_port, wait_for_port

PATIENCE_SECONDS = 10.0


class Sink:
    """`with Sink(folder) as sink:` — a server of its own, whose record outlives it."""

    def __init__(self, folder: Path, *, seed: int = 0) -> None:
        self.port = free_port()
        self.record = folder / "sink.jsonl"
        self._plan = folder / "sink-plan.json"
        self._seed = seed
        self._number = 0
        self._read_to = 0
        self._taken = 0

    @property
    def url(self) -> str:
        """What EMAIL_URL must be."""
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._write_plan({})
        module = [sys.executable, "-m", "tests.faults.server"]
        files = [str(self.port), str(self.record), str(self._plan)]
        self._process = subprocess.Popen([*module, *files], cwd=ROOT)
        wait_for_port(self.port)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

    def behave(self, **mischief: float) -> None:
        """From now on misbehave like this (see `server.Mischief`), and in no other way."""
        self._number += 1
        self._write_plan(mischief)
        self._process.send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE_SECONDS
        while not any(row.get("number") == self._number for row in self.events("plan")):
            if time.monotonic() > end:
                raise TimeoutError("The SMTP sink did not take its new orders.")
            time.sleep(0.01)

    def events(self, *kinds: str) -> Iterator[dict[str, Any]]:
        """What it wrote down, in order; all kinds without an argument."""
        with self.record.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if not kinds or row["event"] in kinds:
                    yield row

    def taken(self) -> int:
        """How many mails it has taken so far; cheap to ask again and again."""
        with self.record.open("rb") as file:
            file.seek(self._read_to)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._taken += whole.count(b'"event": "taken"')
        return self._taken

    def _write_plan(self, mischief: dict[str, float]) -> None:
        plan = {**mischief, "seed": self._seed, "number": self._number}
        self._plan.write_text(json.dumps(plan))
