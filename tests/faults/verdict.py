"""What a scenario came to: what was done, what the checker found, how it reads in a table."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults import facts, fence
from tests.faults.history import Faults, History, told, violations
from tests.faults.house import House


@dataclass
class Verdict:
    """One scenario's counts and findings."""

    scenario: str
    people: int
    done: str
    counts: Counter[str] = field(default_factory=Counter)
    remarks: str = ""
    found: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def twice(self) -> int:
        """Mails that left twice."""
        return sum(text.startswith("accepted twice") for text in self.found)

    @property
    def lost(self) -> int:
        """People and mails that nothing accounts for."""
        return sum(text.startswith("lost") for text in self.found)

    def explain(self) -> str:
        """The findings in words."""
        return f"{self.scenario}: {len(self.found)} violations\n{told(self.found)}"


def history_of(
    house: House, faults: Faults, *, fenced: bool = False, also_polite: bool = False
) -> History:
    """Everything that is known about a finished run: exported, verified, read from all sides."""
    export = house.folder / "export"
    export.mkdir()
    for campaign in house.campaigns:
        house.command(
            "export_audit", "--campaign", str(campaign), "--kind", "workbook", "--out", str(export)
        )
    broken = facts.broken_lines(house.sink, also_polite=also_polite)
    return History(
        people=facts.people(house.url),
        mails=facts.mails(house.url),
        taken=facts.taken(house.sink),
        faults=Faults(
            faults.uncertain, faults.keys | broken.keys, faults.addresses | broken.addresses
        ),
        unanswered=facts.unanswered(house.sink),
        refused=facts.refused(house.sink),
        fence=facts.fence(house.url, fence.order(house.url)) if fenced else fence.NOTHING,
        exported=facts.exported(sorted(export.glob("*.xlsx"))),
        ledger=_ledger(house),
    )


def judge(scenario: str, done: str, history: History, remarks: str = "") -> Verdict:
    """Hold the history against the promises."""
    counts = Counter(mail.state for mail in history.mails)
    counts["taken"] = len(history.taken)
    found = violations(history)
    return Verdict(scenario, len(history.people), done, counts, remarks, found)


def _ledger(house: House) -> list[str]:
    report = house.folder / "seals.json"
    house.nursery.run("seals_check", report=str(report))
    faults = [f"seal: {fault}" for fault in json.loads(report.read_text())]
    try:
        house.command("verify_ledger")
    except AssertionError as error:
        faults.append(f"ledger: {error}")
    return faults
