"""One caught mail, opened: its headers, its texts and the links in them."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

HEAD_BYTES = 16_384
LINK = re.compile(r"https?://[^\s<>\"']+")
TRAILING = ".,;:!?)]}"


@dataclass(frozen=True)
class OpenMail:
    """A mail ready to be shown; a part that the mail lacks is an empty text."""

    subject: str
    headers: list[tuple[str, str]]
    text: str
    html: str
    links: list[str]


def subject_of(path: Path) -> str:
    """The subject, from the head of the file alone."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return str(BytesHeaderParser(policy=default).parsebytes(head).get("Subject", ""))


def mail_opened(path: Path) -> OpenMail:
    """Reads a whole mail; what is malformed is shown as far as it can be read."""
    message = message_from_bytes(path.read_bytes(), policy=default)
    text, html = part_text(message, "plain"), part_text(message, "html")
    return OpenMail(
        subject=str(message.get("Subject", "")),
        headers=[(name, str(value)) for name, value in message.items()],
        text=text,
        html=html,
        links=links_in(text, html),
    )


def part_text(message: EmailMessage, kind: str) -> str:
    """The body of the given kind, `plain` or `html`, as text."""
    part = message.get_body((kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def links_in(text: str, html: str) -> list[str]:
    """Every web address in either part, each once, in order of appearance."""
    in_text = [link.rstrip(TRAILING) for link in LINK.findall(text)]
    collector = _Links()
    collector.feed(html)
    return list(dict.fromkeys(in_text + collector.found))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") if tag == "a" else None
        if target and LINK.fullmatch(target):
            self.found.append(target)
