"""A mailbox over IMAP: what is new, one mail at a time, and a mark on what was looked at."""

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from compliance.reminders.bounces.parsing import MAX_BYTES
from ledger.commands import Refusal

_SECONDS = 60
# So many numbers come in one answer: a full mailbox does not fill the memory.
WINDOW = 500
# Ours alone: to people and their programs, a mail with this mark is as unread as before.
LOOKED_AT = "OptrailRead"


@dataclass(frozen=True)
class Place:
    """Where a mailbox is, and how to get in."""

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str
    encrypted: bool
    ca_file: str


class Box:
    """An open mailbox."""

    def __init__(self, imap: imaplib.IMAP4, mails: int) -> None:
        self._imap = imap
        self._mails = mails
        _, flags = imap.response("PERMANENTFLAGS")
        self._own_marks = any(rb"\*" in flag for flag in flags if isinstance(flag, bytes))

    def unread(self) -> Iterator[str]:
        """The UIDs of mails that nobody has read and we have not looked at, newest first."""
        new = ["UNSEEN", "UNKEYWORD", LOOKED_AT] if self._own_marks else ["UNSEEN"]
        for last in range(self._mails, 0, -WINDOW):
            found = self._said("SEARCH", f"{max(1, last - WINDOW + 1)}:{last}", *new)
            numbers = b" ".join(piece for piece in found if isinstance(piece, bytes)).split()
            yield from (number.decode("ascii") for number in reversed(numbers))

    def fetched(self, uid: str) -> bytes | None:
        """The mail, unmarked; of one that is too large only so much as shows that it is."""
        pieces = self._said("FETCH", uid, f"(BODY.PEEK[]<0.{MAX_BYTES + 1}>)")
        return next((piece[1] for piece in pieces if isinstance(piece, tuple)), None)

    def mark(self, uid: str, *, ours: bool) -> None:
        """What is ours counts as read; the rest stays unread, and is not fetched again."""
        if ours:
            self._said("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
        elif self._own_marks:
            self._said("STORE", uid, "+FLAGS.SILENT", f"({LOOKED_AT})")

    def _said(self, command: str, *arguments: str) -> list[object]:
        kind, answer = self._imap.uid(command, *arguments)
        if kind != "OK":
            raise Refusal(f"The bounce mailbox refused {command}: {_words(answer)}")
        return list(answer)


@contextmanager
def opened(place: Place) -> Iterator[Box]:
    """The mailbox, signed in and selected. Raises Refusal, never with the password in it."""
    where = f"The bounce mailbox at {place.host}:{place.port}"
    try:
        imap = _connected(place)
    except (OSError, imaplib.IMAP4.error) as error:
        raise Refusal(f"{where} cannot be reached: {_words(error.args)}") from error
    try:
        _sign_in(imap, place, where)
        yield Box(imap, _select(imap, place.folder, where))
    except (OSError, imaplib.IMAP4.error) as error:
        raise Refusal(f"{where} broke off: {_words(error.args)}") from error
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            imap.logout()


def _connected(place: Place) -> imaplib.IMAP4:
    if not place.encrypted:
        return imaplib.IMAP4(place.host, place.port, timeout=_SECONDS)
    context = ssl.create_default_context(cafile=place.ca_file or None)
    return imaplib.IMAP4_SSL(place.host, place.port, ssl_context=context, timeout=_SECONDS)


def _sign_in(imap: imaplib.IMAP4, place: Place, where: str) -> None:
    try:
        imap.login(_quoted(place.user), place.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Refusal(f"{where} refused the sign-in: {_words(error.args)}") from error


def _select(imap: imaplib.IMAP4, folder: str, where: str) -> int:
    kind, answer = imap.select(_quoted(folder))
    if kind != "OK":
        raise Refusal(f"{where} has no folder {folder!r}: {_words(answer)}")
    return int(answer[0] or 0)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(pieces: object) -> str:
    """What a server or the system said, in one line."""
    listed = pieces if isinstance(pieces, list | tuple) else [pieces]
    said = [p.decode("utf-8", "replace") if isinstance(p, bytes) else str(p) for p in listed if p]
    return " ".join(" ".join(said).split())[:200]
