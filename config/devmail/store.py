"""Caught mails as files; the name of a file is its index entry, so that lists open no file."""

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest, nsmallest
from pathlib import Path
from urllib.parse import quote, unquote

STAMP = "%Y%m%dT%H%M%S%f"
NAME = re.compile(r"(?P<id>\d{8}T\d{12}-[0-9a-f]{8})_(?P<to>.*)\.eml")
LONGEST_ADDRESS_IN_NAME = 180


class NoSuchMailError(Exception):
    """No mail with this id has been caught, or its file has been removed."""


@dataclass(frozen=True)
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


class CaughtMails:
    """The mails in a folder, newest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def older(self, *, than: str = "", to: str = "", limit: int) -> list[CaughtMail]:
        """Up to `limit` mails older than the id `than`, to addresses with `to`, newest first."""
        found = (mail for mail in self._matching(to) if not than or mail.id < than)
        return nlargest(limit, found, key=lambda mail: mail.id)

    def newer(self, *, than: str, to: str = "", limit: int) -> list[CaughtMail]:
        """The `limit` mails next to and newer than the id `than`, newest first."""
        found = (mail for mail in self._matching(to) if mail.id > than)
        return nsmallest(limit, found, key=lambda mail: mail.id)[::-1]

    def count(self, *, to: str = "") -> int:
        """How many mails have an address that contains `to`."""
        return sum(1 for _ in self._matching(to))

    def get(self, mail_id: str) -> CaughtMail:
        """The mail `mail_id`. Raises NoSuchMailError."""
        for mail in self._matching(""):
            if mail.id == mail_id:
                return mail
        raise NoSuchMailError(mail_id)

    def _matching(self, to: str) -> Iterator[CaughtMail]:
        wanted = to.strip().casefold()
        return (mail for mail in self._all() if wanted in mail.to.casefold())

    def _all(self) -> Iterator[CaughtMail]:
        if not self._folder.is_dir():
            return
        with os.scandir(self._folder) as entries:
            for entry in entries:
                mail = mail_named(Path(entry.path))
                if mail:
                    yield mail


def mail_named(path: Path) -> CaughtMail | None:
    """What the name of a filed mail says; None for files that are none of ours."""
    match = NAME.fullmatch(path.name)
    if not match:
        return None
    return CaughtMail(id=match["id"], to=unquote(match["to"]), path=path)
