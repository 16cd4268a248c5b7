"""What a forked worker does: the product's own services, on a clock that the harness holds."""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.core.management import call_command
from django.db import Error, connection

from compliance.attestations.services import attestation_record
from compliance.reminders.models import Seal
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from compliance.reminders.seal import outcomes_seal, seal_root
from ledger.commands import Refusal
from ledger.models import Event
from tests.faults.clock import SharedClock
from tests.faults.lines import impatient, stopping

REST_SECONDS = 0.05
Clock = Callable[[], datetime]


def work(*, clock: str = "", patience: float = 0.0, lines: int = 1) -> None:
    """A worker that never ends by itself: looks for what is due again and again."""
    if patience:
        impatient(patience)
    now = _clock(clock)
    while True:
        try:
            report = pump(clock=now, budget=timedelta(seconds=30), lines=lines)
            if report.stopped:
                _say(report.stopped)
        except (Refusal, Error) as error:
            _say(f"{type(error).__name__}: {error}")
            connection.close()
        time.sleep(REST_SECONDS)


def stop_once(*, place: str, number: int, clock: str = "") -> None:
    """A worker that stops dead (SIGSTOP) at `place` of its n-th mail, and goes on when it may."""
    stopping(place, number)
    work(clock=clock)


def drain(*, clock: str = "", report: str = "", lines: int = 1) -> None:
    """Plan, pump until nothing is left, seal; the report goes into a file."""
    now = _clock(clock)
    reminders_plan(now=now())
    done = pump(clock=now, until_idle=True, lines=lines)
    outcomes_seal(now=now())
    if report:
        Path(report).write_text(json.dumps({**done.numbers(), "stopped": done.stopped}))


def command(*, name: str, arguments: list[str]) -> None:
    """One of the product's own commands."""
    call_command(name, *arguments)


def plan(*, clock: str = "", times: int = 0) -> None:
    """The planner, again and again, or so many times."""
    now = _clock(clock)
    done = 0
    while not times or done < times:
        reminders_plan(now=now())
        done += 1
        time.sleep(REST_SECONDS)


def seal(*, clock: str = "") -> None:
    """Seal what became of the mails, again and again."""
    now = _clock(clock)
    while True:
        outcomes_seal(now=now())
        time.sleep(1)


def answer(*, assignments: str, done: str, clock: str = "", pause: float = 0.0) -> None:
    """Record an answer for each of a file's assignments; one line each once it is committed."""
    now = _clock(clock)
    with Path(done).open("a", encoding="utf-8", buffering=1) as file:
        for line in Path(assignments).read_text(encoding="utf-8").splitlines():
            attestation_record(
                assignment_id=UUID(line), link_version=1, answer="turned_off", now=now()
            )
            file.write(f"{UUID(line).hex} {time.time()}\n")
            time.sleep(pause)


def seals_check(*, report: str) -> None:
    """Compare every seal with its ledger event and its rows; the faults go into a file."""
    faults = [fault for row in Seal.objects.order_by("seq").iterator() for fault in _faults(row)]
    Path(report).write_text(json.dumps(faults))


def _faults(row: Seal) -> list[str]:
    event = Event.objects.filter(seq=row.seq or 0).first()
    if event is None:
        return [f"seal {row.pk} has no event in the ledger"]
    said = json.loads(event.body)["data"]
    size, root = seal_root(row)
    if (said["planned"] + said["outcomes"], said["root"]) != (size, root):
        return [f"the rows of seal {row.pk} are not those of ledger event {row.seq}"]
    return []


def _say(text: str) -> None:
    sys.stdout.write(f"worker {os.getpid()}: {text}\n")
    sys.stdout.flush()


def _clock(path: str) -> Clock:
    return SharedClock(Path(path)) if path else lambda: datetime.now(UTC)


JOBS: dict[str, Callable[..., None]] = {
    job.__name__: job for job in (work, stop_once, drain, command, plan, seal, answer, seals_check)
}
