"""Caught mails as files; the name of a file is its index entry, so that lists open no file."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from urllib.parse import quote, unquote

STAMP = "%Y%m%dT%H%M%S%f"
NAME = re.compile(r"(?P<id>\d{8}T\d{12}-[0-9a-f]{8})_(?P<to>.*)\.eml")
LONGEST_ADDRESS_IN_NAME = 180


class NoSuchMailError(Exception):
    """No mail with this id has been caught, or its file has been removed."""


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as its file name tells it: its id and the mailbox it was for."""

    id: str
    to: str
    path: Path

    @property
    def at(self) -> datetime:
        """When the mail came, to the microsecond."""
        return datetime.strptime(self.id.partition("-")[0], STAMP).replace(tzinfo=UTC)


def mail_file(folder: Path, *, content: bytes, sender: str, to: str, now: datetime) -> Path:
    """Files one mail for one mailbox, with the two lines that every final delivery adds on top."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = now.astimezone(UTC).strftime(STAMP)
    address = quote(to, safe="@+=' ")[:LONGEST_ADDRESS_IN_NAME]
    path = folder / f"{stamp}-{secrets.token_hex(4)}_{address}.eml"
    draft = path.with_suffix(".part")
    draft.write_bytes(f"Return-Path: <{sender}>\r\nDelivered-To: {to}\r\n".encode() + content)
    draft.replace(path)
    return path


@dataclass(frozen=True)
class MailPage:
    """Some of the mails looked for, newest first; how many there are; what lies beyond."""

    mails: list[CaughtMail]
    count: int
    has_newer: bool
    has_older: bool


class CaughtMails:
    """The mails in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def page(self, *, to: str = "", before: str = "", after: str = "", limit: int = 50) -> MailPage:
        """Mails whose address contains `to`.

        The next ones older than the id `before`, or newer than the id `after`, or the newest.
        """
        found = sorted(self._matching(to), key=attrgetter("id"), reverse=True)
        start = sum(1 for mail in found if mail.id >= before) if before else 0
        if after:
            start = max(0, sum(1 for mail in found if mail.id > after) - limit)
        shown, rest = found[start : start + limit], found[start + limit :]
        return MailPage(shown, len(found), bool(shown) and start > 0, bool(rest))

    def get(self, mail_id: str) -> CaughtMail:
        """The mail `mail_id`. Raises NoSuchMailError."""
        for mail in self._matching(""):
            if mail.id == mail_id:
                return mail
        raise NoSuchMailError(mail_id)

    def _matching(self, to: str) -> Iterator[CaughtMail]:
        wanted = to.strip().casefold()
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            match = NAME.fullmatch(path.name)
            if match and wanted in unquote(match["to"]).casefold():
                yield CaughtMail(match["id"], unquote(match["to"]), path)
