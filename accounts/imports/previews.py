"""What the page of an import shows: one section at a time, one page of rows at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from accounts.directory.models import Employee
from accounts.imports.matching import ATTRIBUTES
from accounts.imports.models import ImportRun, Outcome, StagedRow

PAGE_SIZE = 50
MISSING, REMARKS = "missing", "remarks"
_LABELS = {
    "email": "Address",
    "external_id": "Id",
    "first_name": "First name",
    "last_name": "Last name",
    "job_title": "Job title",
    "department": "Department",
    "country": "Country",
    "time_zone": "Time zone",
    "office": "Office",
    "employment_type": "Employment type",
    "language": "Language",
    "manager_id": "Manager",
}


@dataclass(frozen=True)
class Section:
    """One tab of the preview."""

    code: str
    label: str
    count: int


@dataclass(frozen=True)
class Change:
    """One attribute of one person, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class RowsPage:
    """Some rows of a section, and the lines that lead to the pages beside them (0: none)."""

    rows: list[StagedRow]
    before: int
    after: int


def sections(run: ImportRun) -> list[Section]:
    """The tabs that have something to show; of an applied run only its remarks are kept."""
    remarks = StagedRow.objects.filter(run=run).with_remarks().count()
    every = [
        Section(Outcome.NEW, "New", run.new),
        Section(Outcome.CHANGED, "Changed", run.changed),
        Section(Outcome.UNCHANGED, "Unchanged", run.unchanged),
        Section(Outcome.LEAVER, "Leavers", run.leavers),
        Section(MISSING, f"N{missing_label(run)[1:]}", run.missing),
    ]
    kept = every if run.is_ready else []
    return [
        section
        for section in [*kept, Section(REMARKS, "Errors and notes", remarks)]
        if section.count
    ]


def missing_label(run: ImportRun) -> str:
    """What people are whom the run does not name."""
    return "not in Microsoft Entra" if run.from_entra else "not in the file"


def rows_page(run: ImportRun, section: str, *, after: int, before: int) -> RowsPage:
    """The rows of a section below line `after`, or above line `before`."""
    rows = StagedRow.objects.filter(run=run)
    rows = rows.with_remarks() if section == REMARKS else rows.filter(outcome=section)
    found = list((rows.before(before) if before else rows.after(after))[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if before:
        found.reverse()
    has_earlier, has_later = (more, True) if before else (after > 0, more)
    return RowsPage(
        found,
        before=found[0].line if found and has_earlier else 0,
        after=found[-1].line if found and has_later else 0,
    )


def changes(rows: Iterable[StagedRow]) -> dict[UUID, list[Change]]:
    """Person → what would change, for one page of rows; three statements, however many rows."""
    rows = list(rows)
    people = Employee.objects.in_bulk([row.person_id for row in rows])
    names = _manager_names(rows, people)
    return {
        row.person_id: _changes(people[row.person_id], row, names)
        for row in rows
        if row.person_id in people
    }


def _changes(person: Employee, row: StagedRow, names: Mapping[UUID, str]) -> list[Change]:
    found = [] if person.active else [Change("Works here", "no", "yes")]
    for name in ATTRIBUTES:
        before, after = getattr(person, name), getattr(row, name)
        if before != after:
            found.append(Change(_LABELS[name], _shown(before, names), _shown(after, names)))
    return found


def _shown(value: Any, names: Mapping[UUID, str]) -> str:
    return names.get(value, "") if isinstance(value, UUID) else value or ""


def _manager_names(rows: list[StagedRow], people: Mapping[UUID, Employee]) -> dict[UUID, str]:
    """Managers may stand in the directory, in the file, or in both."""
    managers = chain(
        (row.manager_id for row in rows), (person.manager_id for person in people.values())
    )
    wanted = {manager for manager in managers if manager}
    known = Employee.objects.filter(id__in=wanted)
    names: dict[UUID, str] = {person.id: person.name for person in known}
    if rows:
        new = StagedRow.objects.filter(run_id=rows[0].run_id, person_id__in=wanted - set(names))
        names |= {
            row.person_id: f"{row.first_name} {row.last_name}".strip() or row.email for row in new
        }
    return names
