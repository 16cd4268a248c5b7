"""`make bench-evidence`: a bundle about many people, their erasure, and a bundle after it."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.__main__ import HOME
from bench.report import machine
from bench.stage import SETTINGS
from bench.tools import Postfix
from tests.faults.house import _people_file as people_file
from tests.faults.lab import postgresql
from tests.journeys.company import Company
from tests.parts import ROOT

# Of so many people one answers; everybody gets an invitation.
ANSWERS_EVERY = 2


def main() -> None:
    """Measure on PostgreSQL, as it comes, and print one table."""
    options = _options()
    HOME.mkdir(parents=True, exist_ok=True)
    postfix = Postfix.ready(HOME)
    print(f"On {machine()}.\n")
    print("| people | what | seconds | of these, processor in the program | its memory |")
    print("|---:|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory(prefix="optrail-bench-") as folder:
        for people in options.people:
            home = Path(folder) / str(people)
            home.mkdir()
            with postgresql(SETTINGS) as server, postfix.sink() as port:
                url = f"smtp://127.0.0.1:{port}"
                _measure(Company(home, server.database(), EMAIL_URL=url), people)


def _measure(company: Company, people: int) -> None:
    out = company.folder / "audits"
    wanted = ("--campaign", "1", "--out", str(out), "--json")
    _prepare(company, people)
    _row(people, "export_audit", company, "export_audit", *wanted)
    bundle = str(next(out.iterdir()))
    _row(people, "verify.py", company, str(ROOT / "reports/evidence/verify.py"), bundle)
    _job(company, "close")
    _row(people, "retention --run", company, "retention", "--run", "--json")
    _row(people, "export_audit, everybody erased", company, "export_audit", *wanted)


def _prepare(company: Company, people: int) -> None:
    company.manage("migrate", "-v", "0")
    company.json("import_employees", str(people_file(company.folder, people)))
    wanted = ("--guide", "linkedin-ai-training", "--name", "All", "--send-now")
    company.json("launch_campaign", *wanted, "--due", "2099-12-11")
    company.json("pump", "--until-idle", "--connections", "16")
    _job(company, "answers", str(people // ANSWERS_EVERY))


def _job(company: Company, *arguments: str) -> None:
    env = {**company.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "bench.evidence_job", *arguments]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def _row(people: int, what: str, company: Company, *arguments: str) -> None:
    """Run a command (or a program) of Optrail, and print what it took."""
    program = [] if arguments[0].endswith(".py") else ["manage.py"]
    began = time.perf_counter()
    command = [sys.executable, *program, *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=company.env, stdout=subprocess.PIPE) as process:
        said = process.stdout.read().decode() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds, processor = time.perf_counter() - began, used.ru_utime + used.ru_stime
    assert not process.returncode, said
    if program:
        print(json.loads(said), file=sys.stderr)
    figures = f"{seconds:.1f} | {processor:.1f} | {used.ru_maxrss // 1024} MB"
    print(f"| {people:,} | `{what}` | {figures} |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.evidence", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[20_000, 100_000])
    return parser.parse_args()


if __name__ == "__main__":
    main()
