"""What the check says, and who else has something to look at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts.entra.config import Tenant

GOOD, BAD, WARN = "good", "bad", "warn"

# Tone and words, one for each thing that was looked at.
Said = Iterator[tuple[str, str]]
Look = Callable[[Tenant, datetime], Said]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it stands, and in words what to do."""

    title: str
    tone: str
    words: str


OTHERS: list[tuple[str, Look]] = []


def look_register(title: str, look: Look) -> None:
    """Let the check look at something of another room, too; one that says nothing is not shown."""
    OTHERS.append((title, look))
