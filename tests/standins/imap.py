"""A small IMAP server on loopback with one mailbox: what BOUNCE_IMAP_URL needs, and nothing more."""

import re
import shlex
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "bounces@example.com", "correct horse"


@dataclass
class Mail:
    """One mail in the mailbox; its UID is 100 more than its place."""

    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailbox:
    """What the server holds, what it was asked, and how it behaves."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    folder: str = "INBOX"
    keeps_keywords: bool = True
    # Hang up instead of answering the first command that begins so.
    drops: str = ""

    def put(self, *raws: bytes) -> None:
        """Deliver mails."""
        self.mails += [Mail(raw) for raw in raws]

    def flags(self) -> list[set[str]]:
        """The flags of each mail."""
        return [mail.flags for mail in self.mails]


@contextmanager
def mailbox(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A mailbox that can be opened at `port`, with TLS from the first byte when `tls` is given."""
    box = Mailbox()
    listener = socket.create_server(("127.0.0.1", 0))
    box.port = listener.getsockname()[1]
    thread = threading.Thread(target=_accept, args=(listener, box, tls), daemon=True)
    thread.start()
    try:
        yield box
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _accept(listener: socket.socket, box: Mailbox, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
            connection.settimeout(20)
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
        except ssl.SSLError:
            continue
        except OSError:
            return
        with suppress(OSError), connection, connection.makefile("rwb") as stream:
            _talk(stream, box)


def _talk(stream: Any, box: Mailbox) -> None:
    _say(stream, b"* OK [CAPABILITY IMAP4rev1] ready")
    for raw in stream:
        tag, _, command = raw.decode("ascii").strip().partition(" ")
        box.heard.append(command)
        if box.drops and command.startswith(box.drops):
            box.drops = ""
            return
        name = command.removeprefix("UID ").split()[0]
        answer = _COMMANDS[name](stream, box, shlex.split(command.partition(name)[2]))
        _say(stream, f"{tag} {answer}".encode())
        if name == "LOGOUT":
            return


def _say(stream: Any, line: bytes) -> None:
    stream.write(line + b"\r\n")
    stream.flush()


def _capability(stream: Any, _box: Mailbox, _words: list[str]) -> str:
    _say(stream, b"* CAPABILITY IMAP4rev1")
    return "OK done"


def _login(_stream: Any, _box: Mailbox, words: list[str]) -> str:
    return "OK done" if words == [USER, PASSWORD] else "NO [AUTHENTICATIONFAILED] Wrong password"


def _select(stream: Any, box: Mailbox, words: list[str]) -> str:
    if words != [box.folder]:
        return "NO [NONEXISTENT] Unknown mailbox"
    kept = r"\Answered \Deleted \Seen" + (r" \*" if box.keeps_keywords else "")
    _say(stream, b"* %d EXISTS" % len(box.mails))
    _say(stream, f"* OK [PERMANENTFLAGS ({kept})] Limited".encode())
    return "OK [READ-WRITE] done"


def _search(stream: Any, box: Mailbox, words: list[str]) -> str:
    first, last = map(int, words[0].split(":"))
    unwanted = {"UNSEEN": r"\Seen"}
    hidden = {unwanted[word] for word in words if word in unwanted}
    hidden |= {words[n + 1] for n, word in enumerate(words) if word == "UNKEYWORD"}
    found = [n for n in range(first, last + 1) if not box.mails[n - 1].flags & hidden]
    _say(stream, f"* SEARCH {' '.join(str(100 + n) for n in found)}".strip().encode())
    return "OK done"


def _fetch(stream: Any, box: Mailbox, words: list[str]) -> str:
    bound = re.search(r"<0\.(\d+)>", words[1])
    assert bound
    assert "BODY.PEEK[]" in words[1]
    place = int(words[0]) - 100
    raw = box.mails[place - 1].raw[: int(bound[1])]
    head = f"* {place} FETCH (UID {words[0]} BODY[]<0> {{{len(raw)}}}".encode()
    _say(stream, head)
    stream.write(raw)
    _say(stream, b")")
    return "OK done"


def _store(_stream: Any, box: Mailbox, words: list[str]) -> str:
    assert words[1] == "+FLAGS.SILENT"
    box.mails[int(words[0]) - 101].flags.add(words[2].strip("()").replace("Seen", r"\Seen"))
    return "OK done"


def _logout(stream: Any, _box: Mailbox, _words: list[str]) -> str:
    _say(stream, b"* BYE")
    return "OK done"


_COMMANDS = {
    "CAPABILITY": _capability,
    "LOGIN": _login,
    "SELECT": _select,
    "SEARCH": _search,
    "FETCH": _fetch,
    "STORE": _store,
    "LOGOUT": _logout,
}
