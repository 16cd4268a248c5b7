"""The count of what a run over many mails found."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from compliance.reminders.bounces.parsing import MalformedError
from compliance.reminders.bounces.services import Reading, report_ingest

# A mailbox full of rubbish shall not fill the memory with complaints about it.
FAULTS_NAMED = 20


@dataclass
class Tally:
    """What became of the mails so far; `take` adds one."""

    kinds: Counter[str] = field(default_factory=Counter)
    malformed: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many mails were looked at."""
        return self.kinds.total() + self.malformed

    def take(self, raw: bytes, *, position: str, now: datetime) -> Reading | None:
        """Ingest one mail and count it; None for one that cannot be read: the others go on."""
        try:
            reading = report_ingest(raw, now=now)
        except MalformedError as error:
            self.fault(f"{position}: {error}")
            return None
        self.kinds[reading] += 1
        return reading

    def fault(self, words: str) -> None:
        """Count a mail that cannot be read."""
        self.malformed += 1
        if len(self.faults) < FAULTS_NAMED:
            self.faults.append(words)

    def numbers(self) -> Mapping[str, object]:
        """The counts by name, and which mails could not be read."""
        kinds = {kind.value: self.kinds[kind] for kind in Reading}
        return {"read": self.read, **kinds, "malformed": self.malformed, "faults": self.faults}
