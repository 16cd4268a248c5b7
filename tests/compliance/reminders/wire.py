"""An SMTP server whose every answer is ours, and which may send answers in any pieces."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

# What is answered to a command and its whole line; "" hangs up, None says nothing any more.
Answering = Callable[[str, str], str | None]


@dataclass
class Wire:
    """Where it listens, and what it heard: commands, and mails as they arrived (still stuffed).

    `turns`: how often it had to wait for more to come in. `deaf`: reads nothing after its go-ahead.
    """

    port: int
    heard: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    connections: int = 0
    turns: int = 0
    deaf: bool = False


@contextmanager
def wired(answering: Callable[[], Answering], *, dice: Random | None = None) -> Iterator[Wire]:
    """A server that makes itself an `answering` for each connection.

    It answers once nothing more has come in, all at once; with `dice` in pieces of any size, now
    or later.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    wire, over = Wire(port=listener.getsockname()[1]), threading.Event()

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            wire.connections += 1
            talk = _Talk(connection, wire, answering(), over, dice)
            threading.Thread(target=talk.run, daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


class _Talk:
    """One connection."""

    def __init__(
        self,
        connection: socket.socket,
        wire: Wire,
        answering: Answering,
        over: threading.Event,
        dice: Random | None,
    ) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection, self.wire, self.answering = connection, wire, answering
        self.over, self.dice = over, dice
        self.inbox = self.outbox = b""

    def run(self) -> None:
        with self.connection:
            try:
                if self._say("greeting", ""):
                    self._listen()
                self._flush()
            except OSError:
                return

    def _listen(self) -> None:
        mail: list[bytes] | None = None
        for line in self._lines():
            if mail is not None and line != b".\r\n":
                mail.append(line)
                continue
            text = line.decode().strip()
            command = "dot" if mail is not None else text.split(" ")[0].lower()
            self.wire.heard.append(command)
            if mail is not None:
                self.wire.mails.append(b"".join(mail))
            if not self._say(command, text):
                return
            mail = [] if command == "data" and self.go_ahead else None
            if mail is not None and self.wire.deaf:
                self._flush()
                self.over.wait(20)

    def _lines(self) -> Iterator[bytes]:
        while True:
            while b"\n" not in self.inbox:
                if not select.select([self.connection], [], [], 0)[0]:
                    self._flush()
                more = self.connection.recv(65_536)
                if not more:
                    return
                self.wire.turns += 1
                self.inbox += more
            line, _, self.inbox = self.inbox.partition(b"\n")
            yield line + b"\n"

    def _say(self, command: str, text: str) -> bool:
        answer = self.answering(command, text)
        if answer is None:
            self._flush()
            self.over.wait(20)  # the stall: until the test is over
        if not answer:
            return False
        self.outbox += answer.encode() + b"\r\n"
        self.go_ahead = answer.startswith("354")
        if self.dice and self.dice.random() < 0.5:
            self._flush()
        return not answer.startswith("421")

    def _flush(self) -> None:
        while self.outbox:
            size = self.dice.randint(1, len(self.outbox)) if self.dice else len(self.outbox)
            self.connection.sendall(self.outbox[:size])
            self.outbox = self.outbox[size:]
