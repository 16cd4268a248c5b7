"""`python -m bench.sheets`: how fast a sheet of people is written, beside the ways of others."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.__main__ import HOME
from bench.document import part_write
from bench.sheets.report import Row, page, table
from bench.tools import peer_python, version
from tests.faults.database import CARELESS
from tests.faults.house import _people_file as people_file
from tests.faults.lab import postgresql
from tests.faults.sink import Sink
from tests.journeys.company import Company
from tests.parts import ROOT

PACKAGES = ("django>=5.2,<5.3", "django-import-export", "openpyxl", "XlsxWriter")
OTHERS = {
    "floor": "zipped XML: no styles, no workbook",
    "xlsxwriter": "XlsxWriter, constant memory",
    "openpyxl_plain": "openpyxl, write-only, no styles",
    "openpyxl": "openpyxl, write-only, styled",
    "import_export": "django-import-export",
}


def main() -> None:
    """Measure everything, print the table, and write its part of the page if wanted."""
    options = _options()
    HOME.mkdir(parents=True, exist_ok=True)
    python = peer_python(HOME, "sheets", PACKAGES)
    with tempfile.TemporaryDirectory(prefix="optrail-bench-") as name:
        folder = Path(name)
        rows = [_best(options, folder, way, what, python) for way, what in OTHERS.items()]
        with postgresql(CARELESS) as server, Sink(folder) as sink:
            company = Company(folder, server.database(), EMAIL_URL=sink.url)
            rows.append(_memory(company, options.people, options.rounds))
            if options.large:
                rows.append(_memory(company, options.large, 1))
            rows.append(_audited(company, options.people, options.rounds))
    text = table(rows)
    print(text)
    if options.write:
        versions = {package: version(python, package) for package in PACKAGES[1:]}
        part_write(page(text, versions, options.rounds))


def _best(options: argparse.Namespace, folder: Path, way: str, what: str, python: Path) -> Row:
    script, file = str(Path(__file__).with_name("peer.py")), str(folder / "other.xlsx")
    command = [str(python), script, way, str(options.people), file]
    return min((_measured(what, command, {**os.environ}) for _ in range(options.rounds)), key=_time)


def _memory(company: Company, people: int, rounds: int) -> Row:
    name = "Optrail, rows from memory"
    return min((_ours(company, name, "memory", people) for _ in range(rounds)), key=_time)


def _audited(company: Company, people: int, rounds: int) -> Row:
    """A launched campaign; one in twenty has answered."""
    company.manage("migrate", "-v", "0")
    company.json("import_employees", str(people_file(company.folder, people)))
    wanted = ("--guide", "linkedin-ai-training", "--name", "All", "--send-now")
    company.json("launch_campaign", *wanted, "--due", "2099-12-11")
    _ours(company, "", "answers", people // 20)
    name = "Optrail, the audit workbook from PostgreSQL"
    return min((_ours(company, name, "audit", people) for _ in range(rounds)), key=_time)


def _ours(company: Company, name: str, what: str, people: int) -> Row:
    file = str(company.folder / "ours.xlsx")
    command = [sys.executable, "-m", "bench.sheets.job", what, str(people), file]
    env = {**company.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return _measured(name, command, env, ours=True)


def _measured(name: str, command: list[str], env: dict[str, str], *, ours: bool = False) -> Row:
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    print(name, done.stdout.decode().splitlines()[-1], file=sys.stderr)
    return Row(name, ours=ours, **json.loads(done.stdout.splitlines()[-1]))


def _time(row: Row) -> float:
    return row.processor


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.sheets", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=0, help="also so many, for the memory")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
