"""`make bench-directory`: a whole tenant read and applied, then a day's changes."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.report import machine
from bench.stage import SETTINGS
from tests.faults.lab import postgresql
from tests.journeys.company import Company
from tests.parts import ROOT
from tests.standins.entra import Realm, realm_open
from tests.standins.graph import Graph

PAGE = 999
COUNTRIES = ("DE", "US", "FR", "IN", "JP")


class Measured(NamedTuple):
    """Seconds by the wall, of these in the program's processor, most memory of the program."""

    seconds: float
    processor: float
    megabytes: int


def main() -> None:
    """Measure on both databases and print one table."""
    options = _options()
    print(f"On {machine()}; pages of {PAGE}, a stand-in of Graph on the same machine.\n")
    print("| database | what | people | seconds | of these, processor in the program | memory |")
    print("|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory(prefix="optrail-bench-") as folder:
        for size in options.people:
            _measure(Path(folder) / str(size), size, options.changes)


def _measure(home: Path, size: int, changes: int) -> None:
    home.mkdir()
    realm = Realm([])
    with realm_open(realm, home), contextlib.ExitStack() as on:
        for name, url in _databases(home, on):
            graph = _tenant(realm, size)
            settings = {"DJANGO_SETTINGS_MODULE": "config.settings", **realm.environment()}
            company = Company(home / name, url, **settings)
            company.manage("migrate", "-v", "0")
            _row(name, "everybody, for the first time", size, _synced(company, "new", size))
            for oid in list(graph.users.rows)[:changes]:
                graph.users.change(oid, department="Moved")
            _row(name, f"{changes:,} changes", size, _synced(company, "changed", changes))
            assert not graph.limits.violations, graph.limits.violations


def _databases(home: Path, on: contextlib.ExitStack) -> Iterator[tuple[str, str]]:
    yield "PostgreSQL", on.enter_context(postgresql(SETTINGS)).database()
    yield "SQLite", f"sqlite:///{home / 'optrail.sqlite3'}"


def _tenant(realm: Realm, size: int) -> Graph:
    realm.graph = graph = Graph(realm)
    graph.users.page_size = PAGE
    oids: list[str] = []
    for number in range(size):
        country = COUNTRIES[number % len(COUNTRIES)]
        oid = graph.users.add(
            f"person{number}@example.com", f"First{number}", f"Last{number}",
            department=f"Department {number % 200}", usageLocation=country, country=country,
            officeLocation=f"Office {number % 50}", employeeType="Employee",
            preferredLanguage="en-US", manager=oids[number // 10] if number else None,
        )  # fmt: skip
        oids.append(oid)
    return graph


def _synced(company: Company, count: str, expected: int) -> Measured:
    began = time.perf_counter()
    command = [sys.executable, "-m", "bench.directory_job"]
    with subprocess.Popen(command, cwd=ROOT, env=company.env, stdout=subprocess.PIPE) as process:
        printed = json.load(process.stdout or sys.stdin)
        _, _, used = os.wait4(process.pid, 0)
    assert printed["state"] == "applied", printed
    assert printed[count] == expected, printed
    processor = used.ru_utime + used.ru_stime
    return Measured(time.perf_counter() - began, processor, printed["megabytes"])


def _row(name: str, what: str, size: int, it: Measured) -> None:
    figures = f"{it.seconds:.1f} | {it.processor:.1f} | {it.megabytes} MB"
    print(f"| {name} | {what} | {size:,} | {figures} |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.directory", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--changes", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    main()
