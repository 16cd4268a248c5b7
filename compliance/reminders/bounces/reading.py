"""What a mail that came back says: which address it is for, and what became of our mail."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import parsedate_to_datetime

from compliance.reminders.bounces.fates import Report
from compliance.reminders.bounces.free_forms import free_fate, only_an_answer
from compliance.reminders.bounces.parsing import ATTACHED_MAILS, body_text, header_texts, own_parts
from compliance.reminders.bounces.statuses import delivery_fates

# Where mail servers write the address that a report was delivered to.
_DELIVERED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
# … and where our own came from; the second where a server chooses the first itself (Exchange).
_OURS = ("Return-Path", "X-Optrail-Return-Path")
_RETURNED_HEADERS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")


def addresses(mail: Message) -> Iterator[str]:
    """The addresses that may hold our secret: whom `mail` is for, then where our own came from.

    Nobody can make that secret. So whoever shows it has seen our mail, wherever it stands; these
    places are the ones in which servers put it, and no others are searched.
    """
    yield from _split(header_texts(mail, *_DELIVERED_TO))
    for part in own_parts(mail):
        for returned in _returned(part):
            yield from _split(header_texts(returned, *_OURS))


def report_read(mail: Message, raw: bytes) -> Report | None:
    """What `mail` (parsed from `raw`) reports; None when it is no report on a delivery."""
    fates = tuple(delivery_fates(mail))
    if not fates and not only_an_answer(mail, _subject(mail)):
        free = free_fate(mail, raw)
        fates = (free,) if free else ()
    return Report(fates, _written_at(mail)) if fates else None


def _returned(part: Message) -> Iterator[Message]:
    """The headers of the mail that a report returns."""
    kind, payload = part.get_content_type(), part.get_payload()
    if kind in ATTACHED_MAILS and isinstance(payload, list):
        yield from (inner for inner in payload if isinstance(inner, Message))
    elif kind in _RETURNED_HEADERS:
        inner = payload[0] if isinstance(payload, list) and payload else None
        yield inner if isinstance(inner, Message) else HeaderParser().parsestr(body_text(part))


def _split(values: Iterator[str]) -> Iterator[str]:
    for value in values:
        words = value.replace("<", " ").replace(">", " ").replace(",", " ").split()
        yield from (word.strip("\"';()") for word in words if "@" in word)


def _subject(mail: Message) -> str:
    subject = str(mail.get("Subject", ""))
    try:
        return str(make_header(decode_header(subject)))
    except (HeaderParseError, LookupError, ValueError):
        return subject


def _written_at(mail: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
