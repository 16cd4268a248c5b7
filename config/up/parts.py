"""The programs of Optrail: web, worker, beat, mail catcher, and the commands run once."""

import http.client
import socket
import sys
from pathlib import Path

from config.up.ports import LOOPBACK
from config.up.processes import Part

PYTHON = sys.executable
GUNICORN = [PYTHON, "-m", "gunicorn", "config.wsgi:application"]
CELERY = [PYTHON, "-m", "celery", "-A", "config"]


def web(listener: socket.socket) -> Part:
    """Gunicorn on an open socket, which outlives a restart: requests wait instead of failing."""
    fd, port = listener.fileno(), listener.getsockname()[1]
    options = f"--bind fd://{fd} --workers 2 --threads 4 --preload --graceful-timeout 5"
    return Part(
        name="web",
        argv=[*GUNICORN, *options.split(), "--no-control-socket"],
        ready=lambda: healthy(port),
        fds=(fd,),
    )


def worker() -> Part:
    """The Celery worker; tasks that do not end in the grace time are found again by the outbox."""
    return Part(
        name="worker",
        argv=[*CELERY, *["worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]],
        grace_seconds=10,
    )


def beat(data_dir: Path) -> Part:
    """The clock that says "look now" to the worker."""
    schedule = str(data_dir / "celerybeat-schedule")
    return Part(
        name="beat",
        argv=[*CELERY, "beat", "--schedule", schedule],
        grace_seconds=3,
    )


def catcher(listener: socket.socket, folder: Path) -> Part:
    """The mail catcher on an open socket."""
    fd, port = listener.fileno(), listener.getsockname()[1]
    return Part(
        name="mail",
        argv=[PYTHON, "-m", "config.devmail.catcher", "--fd", str(fd), "--folder", str(folder)],
        ready=lambda: greets(port),
        grace_seconds=3,
        fds=(fd,),
    )


def command(name: str, *arguments: str) -> Part:
    """One of the program's own commands, run to its end."""
    return Part(name=name, argv=[PYTHON, "manage.py", name, *arguments])


def healthy(port: int) -> bool:
    """Whether the web server answers, and does not say that it cannot work."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def greets(port: int) -> bool:
    """Whether an SMTP server says hello."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as line:
            return line.recv(4) == b"220 "
    except OSError:
        return False
