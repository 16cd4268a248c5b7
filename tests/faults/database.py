"""The databases of the scenarios: durable, can be killed, filled up, copied and started again."""

import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.parts import _unprivileged as unprivileged
from tests.parts import free_port, postgresql_tools

PATIENCE_SECONDS = 60.0
DURABLE = ("max_connections=80", "shared_buffers=128MB", "track_commit_timestamp=on")
# Where no database is killed, nothing is gained by waiting for the disk.
CARELESS = (*DURABLE, "fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """A PostgreSQL server of a scenario's own."""

    def __init__(self, home: Path, settings: Sequence[str] = DURABLE) -> None:
        self._tools, self.home = postgresql_tools(), home
        home.mkdir(parents=True, exist_ok=True)
        self._owner = unprivileged(str(home))
        self.port = free_port()
        self._settings = settings

    def create(self) -> None:
        """Make its files."""
        where = ["-D", self._data, "-U", "optrail", "-A", "trust", "-E", "UTF8", "--locale=C"]
        self._run("initdb", *where, "-N")

    def start(self) -> None:
        """Start it, after a crash too. Raises CalledProcessError when it cannot run."""
        options = " ".join(f"-c {setting}" for setting in self._settings)
        place = f"-p {self.port} -k {self.home} -h 127.0.0.1 {options}"
        log = f"{self.home}/log"
        wait = ["-w", "-t", str(int(PATIENCE_SECONDS)), "-l", log, "-o", place]
        self._run("pg_ctl", "-D", self._data, *wait, "start")

    def crash(self) -> None:
        """End it as a power cut does."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    def stop(self) -> None:
        """End it in order."""
        self._run("pg_ctl", "-D", self._data, "-m", "fast", "stop")

    def running(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def copy(self, home: Path) -> "Postgres":
        """Its files, copied while it stands still: yesterday's backup."""
        twin = Postgres(home, self._settings)
        shutil.copytree(self.home / "data", home / "data")
        twin.own()
        return twin

    def own(self) -> None:
        """Give its files to the user as whom it runs."""
        if self._owner:
            for path in (self.home, *self.home.rglob("*")):
                shutil.chown(path, self._owner["user"], self._owner["group"])

    def load(self, url: str) -> str:
        """A new database with everything that stands in that at `url`; its DATABASE_URL."""
        target = self.database()
        dump = subprocess.Popen([self._tools / "pg_dump", url], stdout=subprocess.PIPE)
        quiet = ("psql", "-q", "-v", "ON_ERROR_STOP=1", target)
        subprocess.run(
            [self._tools / quiet[0], *quiet[1:]],
            stdin=dump.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        assert dump.wait() == 0
        return target

    def url(self, name: str) -> str:
        """The DATABASE_URL of one database."""
        return f"postgres://optrail@127.0.0.1:{self.port}/{name}"

    def database(self, template: str = "template1") -> str:
        """A new database, empty or a copy of another; its DATABASE_URL."""
        return postgresql_copy(self.url(template))

    @property
    def _data(self) -> str:
        return str(self.home / "data")

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(self._tools / tool), *arguments]
        nowhere = subprocess.DEVNULL
        subprocess.run(command, check=True, stdout=nowhere, stderr=nowhere, **self._owner)


def postgresql_copy(url: str) -> str:
    """A new database on the same server, a copy of that at `url`; its DATABASE_URL."""
    server, _, template = url.rpartition("/")
    name = f"faults_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return f"{server}/{name}"


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite DATABASE_URL, None for any other."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Ask the database, past all of the product's code; UUIDs come as 32 hex digits."""
    path = sqlite_path(url)
    if path is None:
        with psycopg.connect(url) as connection:
            rows = connection.execute(sql).fetchall() if sql else []
    else:
        with sqlite3.connect(path, timeout=PATIENCE_SECONDS) as file:
            rows = file.execute(sql).fetchall()
        file.close()
    return [tuple(_plain(value) for value in row) for row in rows]


def execute(url: str, sql: str) -> None:
    """Change the database behind the product's back, statement by statement."""
    path = sqlite_path(url)
    if path is None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql)
    else:
        with sqlite3.connect(path, timeout=PATIENCE_SECONDS) as file:
            file.executescript(sql)
        file.close()


def wait_running(server: Postgres) -> None:
    """Return once the server takes connections."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not server.running():
        if time.monotonic() > end:
            raise TimeoutError("PostgreSQL does not come back.")
        time.sleep(0.1)


def is_postgresql(url: str) -> bool:
    """By its DATABASE_URL."""
    return urlsplit(url).scheme.startswith("postgres")


def _plain(value: Any) -> Any:
    return value.hex if isinstance(value, uuid.UUID) else value
