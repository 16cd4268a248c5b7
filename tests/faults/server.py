"""An SMTP server in a process of its own: writes down what it takes, then answers; may misbehave."""

import asyncio
import base64
import hashlib
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f]{32})@", re.IGNORECASE | re.MULTILINE)
_SOFT_BREAK = re.compile(rb"=\r\n")
_TOKEN = re.compile(rb"/a/([A-Za-z0-9_-]{44})")
_ADDRESS = re.compile(rb"<([^>]*)>")
_END = b"\r\n.\r\n"
_GREETING = b"220 sink\r\n"
_HELLO = b"250-sink\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"


@dataclass(frozen=True)
class Mischief:
    """Shares (0 to 1) of hand-overs that go wrong, by kind; the same seed picks the same ones."""

    seed: int = 0
    delay: float = 0.0  # seconds before each 250
    poison: float = 0.0  # 550 at RCPT, whenever that person is tried
    grey: float = 0.0  # 451 at RCPT, at the first try
    bye_before: float = 0.0  # 421 at RCPT, before anything was handed over
    bye_data: float = 0.0  # 421 instead of the go-ahead
    cut_taken: float = 0.0  # taken, and the line is cut instead of an answer
    cut_lost: float = 0.0  # not taken, and the line is cut instead of an answer
    stall: float = 0.0  # nothing more is said after the final dot
    stall_seconds: float = 30.0

    def picks(self, kind: str, recipient: str, attempt: int) -> bool:
        """Whether the seed says that this try goes wrong in this way."""
        share: float = getattr(self, kind)
        if not share:
            return False
        attempt = 0 if kind == "poison" else attempt
        digest = hashlib.blake2b(f"{self.seed} {kind} {recipient} {attempt}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < share * 2**64


class Record:
    """What happened, one JSON object a line; it has left this process before anybody is answered."""

    def __init__(self, path: Path, plan: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._plan = plan
        self.tries: Counter[str] = Counter()
        self.lines = 0
        self.plan_read()

    def plan_read(self) -> None:
        """Read the mischief anew, and say so."""
        known = {field.name for field in fields(Mischief)}
        wishes = json.loads(self._plan.read_text())
        self.mischief = Mischief(**{name: wishes[name] for name in known & wishes.keys()})
        self.note("plan", number=wishes.get("number", 0))

    def note(self, event: str, **facts: Any) -> None:
        """Write one line, in one call."""
        os.write(self._file, (json.dumps({"event": event, **facts}) + "\n").encode())


class Session(asyncio.Protocol):
    """One connection: a minimal parser, with pipelining."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._buffer = b""
        self._waits = self._in_data = False
        self._polite = False
        self._recipient = self._key = self._last = ""
        self._links: list[str] = []
        self._began = 0.0
        self._attempt = 0

    def connection_made(self, transport: Any) -> None:
        """Greet."""
        self._record.lines += 1
        self._number = self._record.lines
        self._transport = transport
        self._say(_GREETING)

    def data_received(self, data: bytes) -> None:
        """Commands and mails, as many as came."""
        self._buffer += data
        while not self._waits and self._step():
            pass

    def connection_lost(self, _error: Exception | None) -> None:
        """Write down how far it came."""
        facts = {"last": self._last, "to": self._recipient, "key": self._key}
        self._record.note("end", line=self._number, polite=self._polite, **facts)

    def _step(self) -> bool:
        if self._transport.is_closing():
            return False
        if self._in_data:
            return self._mail_read()
        command, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        self._buffer = rest
        self._obey(command)
        return True

    def _obey(self, command: bytes) -> None:
        match command[:4].upper():
            case b"EHLO" | b"HELO":
                self._say(_HELLO)
            case b"MAIL":
                self._say(b"250 sender ok\r\n")
            case b"RCPT":
                self._recipient_named(command)
            case b"DATA":
                self._data_begin()
            case b"RSET":
                self._recipient = ""
                self._say(b"250 forgotten\r\n")
            case b"NOOP":
                self._say(b"250 here\r\n")
            case b"QUIT":
                self._polite = True
                self._bye(b"221 bye\r\n")
            case _:
                self._say(b"500 what?\r\n")

    def _recipient_named(self, command: bytes) -> None:
        found = _ADDRESS.search(command)
        assert found is not None
        recipient = found[1].decode()
        self._record.tries[recipient] += 1
        self._attempt = self._record.tries[recipient]
        if self._picks("bye_before", recipient):
            self._bye(b"421 closing for a moment\r\n")
        elif self._picks("poison", recipient):
            self._record.note("refused", to=recipient)
            self._say(b"550 5.1.1 nobody here by that name\r\n")
        elif self._attempt == 1 and self._picks("grey", recipient):
            self._say(b"451 4.7.1 greylisted, come back later\r\n")
        else:
            self._recipient = recipient
            self._say(b"250 recipient ok\r\n")

    def _data_begin(self) -> None:
        if not self._recipient:
            self._say(b"503 no recipient\r\n")
        elif self._picks("bye_data", self._recipient):
            self._bye(b"421 closing in the middle\r\n")
        else:
            self._began = time.time()
            self._in_data = True
            self._say(b"354 go ahead\r\n")

    def _mail_read(self) -> bool:
        mail, found, rest = self._buffer.partition(_END)
        if not found:
            return False
        self._buffer, self._in_data = rest, False
        found_id = _MESSAGE_ID.search(mail)
        self._key = found_id[1].decode() if found_id else ""
        self._links = assignments_in(mail)
        self._mail_answer()
        return True

    def _mail_answer(self) -> None:
        if self._picks("stall", self._recipient):
            self._record.note("stall", key=self._key, to=self._recipient)
            self._later(self._record.mischief.stall_seconds, self._transport.abort)
        elif self._picks("cut_taken", self._recipient):
            self._taken()
            self._cut(taken=True)
        elif self._picks("cut_lost", self._recipient):
            self._cut(taken=False)
        elif self._record.mischief.delay:
            self._later(self._record.mischief.delay, self._accept)
        else:
            self._accept()

    def _accept(self) -> None:
        if self._transport.is_closing():
            return
        self._taken()
        self._last, self._recipient, self._key = self._key, "", ""
        self._say(b"250 2.0.0 taken\r\n")
        self._waits = False
        self.data_received(b"")

    def _taken(self) -> None:
        facts = {"key": self._key, "to": self._recipient, "began": self._began, "at": time.time()}
        self._record.note("taken", line=self._number, links=self._links, **facts)

    def _cut(self, *, taken: bool) -> None:
        self._record.note("cut", key=self._key, to=self._recipient, taken=taken)
        self._transport.abort()

    def _later(self, seconds: float, then: Any) -> None:
        self._waits = True
        asyncio.get_running_loop().call_later(seconds, then)

    def _picks(self, kind: str, recipient: str) -> bool:
        return self._record.mischief.picks(kind, recipient, self._attempt)

    def _say(self, answer: bytes) -> None:
        self._transport.write(answer)

    def _bye(self, answer: bytes) -> None:
        self._say(answer)
        self._transport.close()


def assignments_in(mail: bytes) -> list[str]:
    """The assignments whose personal links stand in a mail: a token begins with their id."""
    tokens = set(_TOKEN.findall(_SOFT_BREAK.sub(b"", mail)))
    return sorted({base64.urlsafe_b64decode(token)[:16].hex() for token in tokens})


async def _serve(port: int, record: Record) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, record.plan_read)
    server = await loop.create_server(lambda: Session(record), "127.0.0.1", port, backlog=500)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Record(Path(sys.argv[2]), Path(sys.argv[3]))))
