"""The bounce mailbox that BOUNCE_IMAP_URL names, and what is new in it."""

import ipaddress
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from compliance.reminders.bounces.graph import GraphBox, GraphPlace, opened_by_graph
from compliance.reminders.bounces.imap import Box, Place, opened
from compliance.reminders.bounces.services import Reading, secrets_required
from compliance.reminders.bounces.tally import Tally
from ledger.commands import Refusal

_PORTS = {"imaps": 993, "imap": 143}
_SHAPE = (
    "Write it as imaps://user:password@imap.example.com/INBOX, or graph://privacy@example.com for "
    "a mailbox of Microsoft 365."
)


def mailbox_read(*, clock: Callable[[], datetime], budget: timedelta | None = None) -> Tally:
    """Ingest what is new in the bounce mailbox, newest first; ends after `budget`.

    A mail is marked after it is ingested. Whoever ends in between reads it again, which changes
    nothing; a report on a mail that is still under way is left to the next run. Raises Refusal
    when there is no mailbox, when it cannot be opened or read, and when mails carry no secret.
    """
    secrets_required()
    place = place_configured()
    if place is None:
        raise Refusal(f"There is no bounce mailbox: BOUNCE_IMAP_URL is not set. {_SHAPE}")
    tally, since = Tally(), clock()
    with _opened(place) as box:
        for uid in box.unread():
            if budget and clock() - since > budget:
                break
            _take(box, uid, tally, clock())
    return tally


def _opened(place: Place | GraphPlace) -> AbstractContextManager[Box | GraphBox]:
    return opened_by_graph(place) if isinstance(place, GraphPlace) else opened(place)


def place_configured() -> Place | GraphPlace | None:
    """The mailbox of this installation, None without one. Raises Refusal for a faulty one."""
    if not settings.BOUNCE_IMAP_URL:
        return None
    try:
        parts = urlsplit(settings.BOUNCE_IMAP_URL)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Refusal(f"BOUNCE_IMAP_URL cannot be read: {error}. {_SHAPE}") from error
    if parts.scheme == "graph":
        return _graph_place(parts)
    if parts.scheme not in _PORTS or not host or not parts.username or not parts.password:
        raise Refusal(f"BOUNCE_IMAP_URL names no mailbox that we know how to open. {_SHAPE}")
    if parts.scheme == "imap" and not _this_machine(host):
        raise Refusal(f"BOUNCE_IMAP_URL would send the password over an open line. {_SHAPE}")
    user, password, folder = _words(parts)
    return Place(
        host=host,
        port=port or _PORTS[parts.scheme],
        user=user,
        password=password,
        folder=folder or "INBOX",
        encrypted=parts.scheme == "imaps",
        ca_file=_ca_file(),
    )


def _graph_place(parts: SplitResult) -> GraphPlace:
    mailbox = unquote(parts.netloc)
    try:
        validate_email(mailbox)
    except ValidationError as error:
        raise Refusal(
            f"BOUNCE_IMAP_URL: {mailbox!r} is no address of a mailbox. {_SHAPE}"
        ) from error
    return GraphPlace(mailbox, unquote(parts.path).strip("/") or "inbox")


def _take(box: Box | GraphBox, uid: str, tally: Tally, now: datetime) -> None:
    raw = box.fetched(uid)
    if raw is None:
        return  # somebody else removed it meanwhile
    reading = tally.take(raw, position=f"mail with UID {uid}", now=now)
    if reading != Reading.UNDER_WAY:
        box.mark(uid, ours=reading not in (None, Reading.NOT_OURS))


def _words(parts: SplitResult) -> tuple[str, str, str]:
    """User, password and folder. Raises Refusal for what IMAP cannot say plainly."""
    words = [unquote(word or "") for word in (parts.username, parts.password, parts.path)]
    if not all(word.isascii() and word.isprintable() for word in words):
        raise Refusal("User, password and folder in BOUNCE_IMAP_URL must be plain ASCII.")
    user, password, path = words
    return user, password, path.strip("/")


def _ca_file() -> str:
    path: str = settings.EMAIL_CA_FILE
    if path and not Path(path).is_file():
        raise Refusal(f"EMAIL_CA_FILE names {path!r}, which is no file that can be read.")
    return path


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
