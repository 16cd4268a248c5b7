"""What a report says became of a mail, whatever form the report has."""

import re
from dataclasses import dataclass
from datetime import datetime

FAILED, DELAYED, DELIVERED = "failed", "delayed", "delivered"
_ADDRESS = re.compile(r"<?[^\s<>()\[\]\"',;:=]{1,256}@[^\s<>()\[\]\"',;:=]{1,256}>?")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
ANSWER_MAX = 300


@dataclass(frozen=True)
class Fate:
    """What became of the mail for one recipient, under every address that the report names."""

    kind: str
    addresses: frozenset[str] = frozenset()
    # The mail server's reply code, 0 when the report repeats none.
    code: int = 0
    answer: str = ""


@dataclass(frozen=True)
class Report:
    """All that one report says, and when it was written, by its own clock."""

    fates: tuple[Fate, ...]
    written_at: datetime | None = None

    def fate_of(self, recipient: str) -> Fate | None:
        """What became of the mail to `recipient`; None when it (also) arrived, or nothing is said.

        Fates that name `recipient` decide; behind an alias or a forwarding none may, then all do.
        """
        own = [fate for fate in self.fates if recipient.lower() in fate.addresses]
        by_kind = {fate.kind: fate for fate in reversed(own or self.fates)}
        if DELIVERED in by_kind:
            return None
        return by_kind.get(FAILED) or by_kind.get(DELAYED)

    @property
    def addresses(self) -> frozenset[str]:
        """Everybody whom the report names, in lower case."""
        return frozenset(address for fate in self.fates for address in fate.addresses)


def reply_code(text: str) -> int:
    """The SMTP reply code (4xx or 5xx) in `text`, 0 when there is none."""
    found = _REPLY.search(text)
    return int(found[1]) if found else 0


def scrubbed(answer: str) -> str:
    """`answer` on one short line, without any address: those stand where they can be erased."""
    line = " ".join("".join(c if c.isprintable() else " " for c in answer[:2_000]).split())
    return _ADDRESS.sub("<address>", line)[:ANSWER_MAX].strip()
