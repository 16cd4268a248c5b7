"""A socket whose waits let other lines go on; plain or TLS."""

import io
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from compliance.reminders.fibers import READ, WRITE, until_ready

Result = TypeVar("Result")


class Wire(io.RawIOBase):
    """Reads and writes `sock`; each wait ends after `timeout` seconds with TimeoutError."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        super().__init__()
        sock.setblocking(False)
        self._sock, self._timeout = sock, timeout

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """As much as there is, at least a byte; 0 at the end."""
        return self._patiently(lambda: self._sock.recv_into(buffer), READ)

    def send(self, data: bytes) -> None:
        """All of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._patiently(lambda: self._sock.send(rest), WRITE) :]  # noqa: B023 - called at once

    def patience(self, seconds: float) -> None:
        """Wait no longer than this from now on."""
        self._timeout = seconds

    def _patiently(self, action: Callable[[], int], event: int) -> int:
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                until_ready(self._sock, READ, self._timeout)
            except ssl.SSLWantWriteError:
                until_ready(self._sock, WRITE, self._timeout)
            except BlockingIOError:
                until_ready(self._sock, event, self._timeout)
