"""`make bench-ledger`: how fast a million events verify, and whether eight writers fork a chain."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.report import machine
from bench.stage import SETTINGS
from tests.faults.lab import postgresql
from tests.journeys.company import Company
from tests.parts import ROOT

DATABASES = ("PostgreSQL", "SQLite")
# Between two looks of the verifier beside the writers: each reads the whole chain.
PAUSE_SECONDS = 10


class Measured(NamedTuple):
    """Events that stand, seconds by the wall, seconds of processor, most memory of the verifier."""

    events: int
    seconds: float
    processor: float
    megabytes: int


def main() -> None:
    """Measure on both databases and print one table."""
    options = _options()
    print(f"On {machine()}.\n")
    print(
        "| database | what | events | seconds | of these, processor in the program | most memory |"
    )
    print("|---|---|---:|---:|---:|---:|")
    for name, company in _companies(options.databases):
        _row(name, "verify_ledger", _verified(company, options.events))
    for name, company in _companies(options.databases):
        _row(name, f"{options.writers} writers", _appended(company, options))


def _companies(wanted: Sequence[str]) -> Iterator[tuple[str, Company]]:
    """A fresh installation on each database that is wanted."""
    with (
        tempfile.TemporaryDirectory(prefix="optrail-bench-") as folder,
        contextlib.ExitStack() as on,
    ):
        home = Path(folder)
        urls = {
            "PostgreSQL": on.enter_context(postgresql(SETTINGS)).database(),
            "SQLite": f"sqlite:///{home / 'optrail.sqlite3'}",
        }
        for name in wanted:
            company = Company(home / name, urls[name], DJANGO_SETTINGS_MODULE="config.settings")
            company.manage("migrate", "-v", "0")
            yield name, company


def _verified(company: Company, events: int) -> Measured:
    _end(_job(company, "fill", str(events)))
    return _verify(company)


def _appended(company: Company, options: argparse.Namespace) -> Measured:
    """All writers at once, and a verifier beside them that must never cry wolf."""
    began, before = time.perf_counter(), company.json("verify_ledger")["size"]
    writers = [_job(company, "append", str(options.appends)) for _ in range(options.writers)]
    while any(writer.poll() is None for writer in writers):
        company.json("verify_ledger")
        time.sleep(PAUSE_SECONDS)
    for writer in writers:
        _end(writer)
    seconds = time.perf_counter() - began
    after = _verify(company)
    # Checkpoints are no events: what stands is what the writers wrote.
    assert after.events == before + options.writers * options.appends, after
    return after._replace(seconds=seconds)


def _verify(company: Company) -> Measured:
    began = time.perf_counter()
    command = [sys.executable, "manage.py", "verify_ledger", "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=company.env, stdout=subprocess.PIPE) as process:
        printed = json.load(process.stdout or sys.stdin)
        _, _, used = os.wait4(process.pid, 0)
    assert printed["ok"], printed
    processor = used.ru_utime + used.ru_stime
    return Measured(printed["size"], time.perf_counter() - began, processor, used.ru_maxrss // 1024)


def _job(company: Company, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bench.ledger_job", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=company.env)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.wait():
        raise SystemExit(f"{process.args!r} ended with {process.returncode}")


def _row(name: str, what: str, it: Measured) -> None:
    figures = f"{it.events:,} | {it.seconds:.1f} | {it.processor:.1f} | {it.megabytes} MB"
    print(f"| {name} | {what} | {figures} |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.ledger", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--appends", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
