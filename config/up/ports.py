"""Loopback ports: the ones of the last run when they are free, else the next free ones."""

import errno
import json
import socket
from itertools import chain
from pathlib import Path

LOOPBACK = "127.0.0.1"
NEIGHBOURS = 50


class PortTakenError(Exception):
    """A port that was asked for by number is in use; the text says which."""


class Ports:
    """Remembers in a file which port each part had, so that links in mails stay good."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def listen(self, name: str, *, preferred: int) -> socket.socket:
        """A listening socket for the part `name`; handing it on leaves no gap for others."""
        sock = listening_socket(self._known.get(name, preferred))
        self.keep(name, sock.getsockname()[1])
        return sock

    def choose(self, name: str, *, preferred: int) -> int:
        """A free port for a part that can only open it itself."""
        with self.listen(name, preferred=preferred):
            return self._known[name]

    def keep(self, name: str, port: int) -> None:
        """Remembers that the part `name` stands at `port`."""
        self._known[name] = port
        self._file.write_text(json.dumps(self._known))


def listening_socket(preferred: int) -> socket.socket:
    """A listening loopback socket on `preferred`, a port soon after it, or any free one."""
    neighbours = range(preferred, min(preferred + NEIGHBOURS, 65_536))
    for port in chain(neighbours, [0]):
        sock = bound_socket(port)
        if sock:
            return sock
    raise PortTakenError("No free port is left on this machine's loopback address.")


def exact_socket(port: int) -> socket.socket:
    """A listening loopback socket on exactly `port`. Raises PortTakenError."""
    sock = bound_socket(port)
    if not sock:
        raise PortTakenError(
            f"Port {port} is in use by another program. "
            "Give another one with --port, or leave --port out to have a free one chosen."
        )
    return sock


def bound_socket(port: int) -> socket.socket | None:
    """A listening loopback socket on `port`, or None when the port is not to be had."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
        sock.listen(512)
    except OSError as error:
        sock.close()
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        return None
    return sock
