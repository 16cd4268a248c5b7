"""A company as its administrator runs it: real commands and processes, an environment of its own."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import psycopg

from tests.parts import ROOT, bare_environment, free_port, wait_for_port


class Company:
    """One installation: a database, a data folder, a mail server's address."""

    def __init__(self, folder: Path, database_url: str, **env: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = bare_environment(
            HOME=str(folder),
            DEBUG="1",
            OPTRAIL_DATA_DIR=str(folder / "data"),
            DATABASE_URL=database_url,
            PUBLIC_URL=self.address,
            COMPANY_NAME="Example Works",
            **env,
        )

    def manage(self, *args: str, code: int = 0) -> str:
        """Run a command that must end with exit code `code`; returns its standard output."""
        result = self._run(*args)
        told = f"{args}: {result.returncode}\n{result.stdout}{result.stderr}"
        assert result.returncode == code, told
        return result.stdout

    def errors(self, *args: str) -> str:
        """Run a command that must be refused; returns its standard error."""
        result = self._run(*args)
        assert result.returncode == 1, result.stdout
        return result.stderr

    def _run(self, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *args]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )

    def json(self, *args: str, code: int = 0) -> dict[str, Any]:
        """Run a command with `--json`: the one object that it prints."""
        return dict(json.loads(self.manage(*args, "--json", code=code)))

    @contextmanager
    def process(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process of this installation until the block ends."""
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=self.env)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)

    @contextmanager
    def web(self) -> Iterator[str]:
        """Serve the pages; yields the address."""
        gunicorn = ("gunicorn", "config.wsgi:application", "-b", f"127.0.0.1:{self.port}")
        with self.process(*gunicorn, "--log-level", "warning", "--threads", "2"):
            wait_for_port(self.port, 20)
            yield self.address


def post(url: str, **fields: str) -> tuple[int, str]:
    """Send a form as a phone does that keeps no cookie; returns the final status and page."""
    data = urllib.parse.urlencode(fields).encode()
    try:
        with urllib.request.urlopen(url, data) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def get(url: str) -> tuple[int, str]:
    """Open a page without cookies."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def postgresql_database() -> str:
    """A new, empty database on this run's PostgreSQL server; its DATABASE_URL."""
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"company_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


def sqlite_database(folder: Path) -> str:
    """A new SQLite database; its DATABASE_URL."""
    return f"sqlite:///{folder / 'company.sqlite3'}"


def rows(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a worksheet under its header."""
    header, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in body]


def workbook_in(bundle: Path) -> Any:
    """The workbook of a bundle, once the bundle's own verifier has passed it, alone and offline."""
    with ZipFile(bundle) as archive:
        program = archive.extract("verify.py", bundle.parent)
        book = openpyxl.load_workbook(BytesIO(archive.read("audit.xlsx")))
    command = [sys.executable, "-I", "-S", program, str(bundle)]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return book
