"""Where it is measured: a durable PostgreSQL, a company whose mails are owed, a sink."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.tools import Postfix
from tests.faults.database import postgresql_copy
from tests.faults.house import _people_file as people_file
from tests.faults.lab import postgresql
from tests.journeys.company import Company
from tests.parts import ROOT

# As PostgreSQL comes: every commit waits for the disk.
SETTINGS = ("max_connections=100", "shared_buffers=128MB", "max_wal_size=4GB")
Numbers = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """One server with a database in which so many mails are owed; each measurement copies it."""

    folder: Path
    postfix: Postfix
    template: str
    people: int

    @contextmanager
    def optrail(self) -> Iterator["Optrail"]:
        """A fresh copy, and a sink."""
        url = postgresql_copy(self.template)
        checkpoint(url)
        with self.postfix.sink() as port:
            yield Optrail(self.folder, url, port)
        drop(url)


@dataclass(frozen=True)
class Optrail:
    """One installation."""

    folder: Path
    url: str
    port: int

    def job(self, *arguments: str) -> Numbers:
        """Run one job; what it printed."""
        (done,) = self.jobs(1, *arguments)
        return done

    def jobs(self, processes: int, *arguments: str) -> list[Numbers]:
        """Run the same job in several processes at once."""
        command = [sys.executable, "-m", "bench.job", *arguments]
        running = [
            subprocess.Popen(command, cwd=ROOT, env=self._env, stdout=subprocess.PIPE)
            for _ in range(processes)
        ]
        return [_printed(process) for process in running]

    @property
    def _env(self) -> dict[str, str]:
        company = Company(self.folder, self.url, EMAIL_URL=f"smtp://127.0.0.1:{self.port}")
        return {**company.env, "DJANGO_SETTINGS_MODULE": "config.settings"}


@contextmanager
def staged(folder: Path, postfix: Postfix, people: int) -> Iterator[Stage]:
    """A company of so many people, launched and sealed; nothing has left yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with postgresql(SETTINGS) as server:
        url = server.database()
        with postfix.sink() as port:
            company = Company(folder, url, EMAIL_URL=f"smtp://127.0.0.1:{port}")
            company.manage("migrate", "-v", "0")
            company.json("import_employees", str(people_file(folder, people)))
            wanted = ("--guide", "linkedin-ai-training", "--name", "All", "--send-now")
            launched = company.json("launch_campaign", *wanted, "--due", "2099-12-11")
            assert launched["messages"] == people, launched
            Optrail(folder, url, port).job("seal")
        yield Stage(folder, postfix, url, people)


def peer(python: Path, url: str, port: int, sample: Numbers, *arguments: str) -> Numbers:
    """Run something of `peer.py`; what it printed."""
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "BENCH_PORT": str(port),
        "BENCH_SAMPLE": json.dumps(sample),
    }
    script = str(Path(__file__).with_name("peer.py"))
    return _printed(
        subprocess.Popen([str(python), script, *arguments], env=env, stdout=subprocess.PIPE)
    )


def commit_milliseconds(url: str, commits: int = 200) -> float:
    """How long one small commit waits for the disk on this machine."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_commits (number int)")
        began = time.perf_counter()
        for number in range(commits):
            connection.execute("INSERT INTO bench_commits VALUES (%s)", [number])
        seconds = time.perf_counter() - began
        connection.execute("DROP TABLE bench_commits")
    return seconds / commits * 1000


def checkpoint(url: str) -> None:
    """Start from a clean slate: nothing of what came before is written while we measure."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def drop(url: str) -> None:
    """Remove a database."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _printed(process: subprocess.Popen[bytes]) -> Numbers:
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}")
    return dict(json.loads(out.splitlines()[-1]))
