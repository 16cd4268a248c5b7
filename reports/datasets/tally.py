"""What was counted while rows went by: the figures that must reconcile."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from compliance.answers import CLOSING, NEED_HELP


class Status(StrEnum):
    """Where a person in scope stands; exactly one of them holds for everyone."""

    ANSWERED = "answered"
    OPEN = "open"
    EXCLUDED = "excluded"
    LEFT = "left"
    ERASED = "erased"


@dataclass
class Tally:
    """Counts of the rows that were handed out, by what they say."""

    people: Counter[tuple[Status, str]] = field(default_factory=Counter)  # by status and reason
    answers: Counter[str] = field(default_factory=Counter)  # Population: the answer that stands
    withdrawn: int = 0  # Population: people with a withdrawal in force
    lost: int = 0  # Population: open people who could not find the setting
    mails: int = 0  # Population: mails accepted, all people together
    joined: Counter[int] = field(default_factory=Counter)  # Population: by ledger number
    excluded: Counter[str] = field(default_factory=Counter)  # Population: the erased included
    closed_and_erased: int = 0  # Population: erased people who had given a full answer
    own_days: int = 0  # Population: asked people whose due date is not the campaign's
    attestations: int = 0
    weeks: Counter[date] = field(default_factory=Counter)  # Attestations: by the week's Monday
    standing: Counter[str] = field(default_factory=Counter)  # Attestations: the same, row by row
    messages: Counter[str] = field(default_factory=Counter)  # by state
    exclusions: Counter[str] = field(default_factory=Counter)  # by reason
    moves: Counter[tuple[Status | None, Status]] = field(default_factory=Counter)  # Movements
    exceptions: Counter[str] = field(default_factory=Counter)  # by kind

    def person(
        self, status: Status, reason: str, *, answer: str | None, withdrawn: bool, mails: int
    ) -> None:
        """Count one row of Population."""
        self.people[status, reason] += 1
        self.withdrawn += withdrawn
        self.mails += mails
        self.lost += status == Status.OPEN and answer == NEED_HELP
        self.closed_and_erased += status == Status.ERASED and answer in CLOSING
        if answer:
            self.answers[answer] += 1

    def frozen(self, joined: int | None, exclusion: str, *, own_day: bool) -> None:
        """Count when one row of Population joined, why it is not asked, and its due date."""
        if joined is not None:
            self.joined[joined] += 1
        if exclusion:
            self.excluded[exclusion] += 1
        self.own_days += own_day

    def attestation(self, answer: str, at: datetime, *, stands: bool) -> None:
        """Count one row of Attestations, in the week (UTC) in which it was recorded."""
        self.attestations += 1
        day = at.astimezone(UTC).date()
        self.weeks[day - timedelta(days=day.weekday())] += 1
        self.standing[answer] += stands

    def with_status(self, status: Status) -> int:
        """How many people stand so, whatever the reason."""
        return sum(count for (each, _), count in self.people.items() if each == status)

    def reasons(self, status: Status) -> dict[str, int]:
        """How many people stand so, by reason, in the order of the codes."""
        return {why: n for (each, why), n in sorted(self.people.items()) if each == status}
