"""Reports in the standard's form (RFC 3464): what became of each recipient."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser

from compliance.reminders.bounces.fates import DELAYED, DELIVERED, FAILED, Fate, reply_code
from compliance.reminders.bounces.parsing import own_parts

_TYPES = ("message/delivery-status", "message/global-delivery-status")
_ACTIONS = {
    "failed": FAILED,
    "delayed": DELAYED,
    "delivered": DELIVERED,
    "relayed": DELIVERED,
    "expanded": DELIVERED,
}
# Of reports that name no action: the class of the status says as much (RFC 3463).
_CLASSES = {"5": FAILED, "4": DELAYED, "2": DELIVERED}
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


def delivery_fates(mail: Message) -> Iterator[Fate]:
    """The fate of each recipient that the report's own status part names."""
    for part in own_parts(mail):
        if part.get_content_type() in _TYPES:
            for block in _blocks(part):
                yield from _fate(block)


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields, each parted from the next by an empty line; the first is the mail's."""
    for chunk in _BLANK_LINE.split(_status_bytes(part)):
        if chunk.strip():
            yield BytesHeaderParser().parsebytes(chunk.lstrip(b"\r\n"))


def _status_bytes(part: Message) -> bytes:
    payload = part.get_payload()
    inner = payload if isinstance(payload, list) else []
    raw = b"\n\n".join(piece.as_bytes() for piece in inner if isinstance(piece, Message))
    raw = raw or str(payload).encode("utf-8", "surrogateescape")
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(raw)
    return _base64(raw) if encoding == "base64" else raw


def _base64(raw: bytes) -> bytes:
    try:
        return base64.b64decode(raw)
    except binascii.Error:
        return b""


def _fate(block: Message) -> Iterator[Fate]:
    addresses = [_address(block[name]) for name in ("Original-Recipient", "Final-Recipient")]
    status = str(block.get("Status", "")).split("(")[0].strip()
    kind = _ACTIONS.get(_action(block)) or _CLASSES.get(status[:1])
    if kind and any(addresses):
        known = frozenset(address for address in addresses if address)
        answer = _answer(block, status)
        yield Fate(kind, known, reply_code(answer), answer)


def _action(block: Message) -> str:
    words = str(block.get("Action", "")).split()
    return words[0].lower() if words else ""


def _address(value: object) -> str:
    """`rfc822;bob@example.com` → the address, in lower case."""
    kind, separator, address = str(value or "").partition(";")
    return (address if separator else kind).strip().strip("<>").lower()


def _answer(block: Message, status: str) -> str:
    """The server's own words when there are any, always with the status."""
    words = " ".join(str(block.get("Diagnostic-Code", "")).split())
    kind, separator, rest = words.partition(";")
    said = rest.strip() if separator and kind.strip().isascii() and " " not in kind else words
    return said if status in said else f"{status} {said}".strip()
