"""`manage.py up` as a whole: the real programs, on a fresh data directory."""

import os
import re
import signal
import stat
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from config.up.ports import LOOPBACK, exact_socket, listening_socket
from tests.config.up.conftest import eventually
from tests.parts import ROOT, SECRETS

PARTS = ("valkey", "mail", "web", "worker", "beat")
GIVEN_BY_TESTS = ("DATABASE_URL", "PUBLIC_URL", "DEBUG", "DJANGO_SETTINGS_MODULE", *SECRETS)


class Up:
    """A running `manage.py up` and everything that belongs to it."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.data_dir = data_dir
        self.output = data_dir.with_suffix(".terminal")
        command = [sys.executable, "manage.py", "up", *arguments]
        with self.output.open("w") as terminal:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(data_dir), stdout=terminal, stderr=terminal
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def port(self) -> int:
        """The port of the address that was printed."""
        assert eventually(lambda: "Optrail:" in self.said, seconds=40), self.said
        found = re.search(r"http://127\.0\.0\.1:(\d+)/$", self.said, re.MULTILINE)
        assert found
        return int(found[1])

    def family(self) -> list[int]:
        """Every process that was given this data directory, however far down."""
        mark = f"OPTRAIL_DATA_DIR={self.data_dir}".encode()
        return [
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/environ")
            if has(path, mark)
        ]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def has(path: Path, mark: bytes) -> bool:
    try:
        return mark in path.read_bytes().split(b"\0")
    except OSError:
        return False


def environment(data_dir: Path) -> dict[str, str]:
    """What an operator's shell has: nothing of what the tests set for themselves."""
    env = {name: value for name, value in os.environ.items() if name not in GIVEN_BY_TESTS}
    return {**env, "OPTRAIL_DATA_DIR": str(data_dir)}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_up_runs_everything_and_leaves_nothing_when_killed(data_dir: Path) -> None:
    """Fails without the guard: gunicorn's and Celery's workers outlive their masters."""
    up = Up(data_dir)
    port = up.port()
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    assert {path.stem for path in (data_dir / "log").iterdir()} >= {*PARTS}
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert len(up.family()) > len(PARTS) + 1
    up.end(signal.SIGKILL)
    assert eventually(lambda: up.family() == [], seconds=10)


def test_up_refuses_a_taken_port_that_was_asked_for(data_dir: Path) -> None:
    with listening_socket(0) as somebody:
        taken = somebody.getsockname()[1]
        up = Up(data_dir, "--port", str(taken))
        assert up.process.wait(timeout=20) == 1
    assert f"Port {taken} is in use by another program" in up.said
    assert "Traceback" not in up.said
    with exact_socket(taken):
        assert up.family() == []
