"""Bytes that strangers sent, as a message whose size and shape are bounded."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

# Our mails have less than 30 KB, so a report with all of one in it stays far below.
MAX_BYTES = 2 * 1024 * 1024
MAX_PARTS = 100
ATTACHED_MAILS = ("message/rfc822", "message/global")
# Each part announces itself: counting that before parsing bounds depth as well as number.
_PART = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)


class MalformedError(ValueError):
    """Bytes that are no mail, or more of one than is looked at; the text says which."""


def mail_parse(raw: bytes) -> Message:
    """`raw` as a message. Raises MalformedError."""
    if len(raw) > MAX_BYTES:
        raise MalformedError(f"it is larger than {MAX_BYTES >> 20} MB")
    if len(_PART.findall(raw)) > MAX_PARTS:
        raise MalformedError(f"it has more than {MAX_PARTS} parts")
    try:
        mail = message_from_bytes(raw)
    except (RecursionError, ValueError, LookupError) as error:
        raise MalformedError("its parts cannot be told apart") from error
    if not mail.keys():
        raise MalformedError("it is no mail: it does not begin with headers")
    return mail


def own_parts(mail: Message) -> Iterator[Message]:
    """The parts of `mail` itself; the mails attached to it are handed out, not looked into."""
    if mail.get_content_maintype() != "multipart" or not mail.is_multipart():
        yield mail
        return
    for part in mail.get_payload():
        yield from own_parts(part)  # type: ignore[arg-type]


def header_texts(mail: Message, *names: str) -> Iterator[str]:
    """Every value of the headers `names`, in that order."""
    for name in names:
        yield from (str(value) for value in mail.get_all(name, []))


def body_text(part: Message) -> str:
    """A text part in Unicode; what cannot be decoded is replaced."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")
