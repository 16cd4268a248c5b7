"""Where people stand in a campaign: the words, their colours, and the list behind each number."""

from collections.abc import Callable
from dataclasses import dataclass

from compliance.campaigns.models import AssignmentQuerySet


@dataclass(frozen=True)
class Status:
    """One status as people read it; `tone` is a class of the frame."""

    code: str
    label: str
    tone: str
    rows: Callable[[AssignmentQuerySet], AssignmentQuerySet]
    note: str = ""


ANSWERED = Status("answered", "Answered", "good", AssignmentQuerySet.answered)
OPEN = Status("open", "Open", "neutral", AssignmentQuerySet.open, "asked, no full answer yet")
NEED_HELP = Status(
    "need_help", "Need help", "info", AssignmentQuerySet.needing_help, "open: could not find it"
)
UNDELIVERABLE = Status(
    "undeliverable", "Undeliverable", "warn", AssignmentQuerySet.undelivered, "open: mail fails"
)
EXCLUDED = Status("excluded", "Excluded", "neutral", AssignmentQuerySet.excluded, "not asked")
LEFT = Status("left", "Left", "neutral", AssignmentQuerySet.left, "without a full answer")
ERASED = Status("erased", "Erased", "neutral", AssignmentQuerySet.erased, "nothing personal kept")

STATUSES = {
    status.code: status
    for status in (ANSWERED, OPEN, NEED_HELP, UNDELIVERABLE, EXCLUDED, LEFT, ERASED)
}
