"""Stage: stream a file's rows into StagedRow, in batches, with flat memory."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path

from accounts.entra.directory.models import EntraRules
from accounts.entra.directory.table import MAPPING, people_table
from accounts.imports.models import ImportRun, Outcome, StagedRow
from accounts.imports.reading import columns
from accounts.imports.reading.people import Person, read_people
from accounts.imports.reading.tables import Table, open_table
from accounts.imports.statements import rows_insert
from accounts.sets import statistics_refresh

BATCH = 2_000


def rows_stage(*, run: ImportRun, path: Path, wishes: dict[str, str], now: datetime) -> None:
    """Read `path` into rows of `run`, in place of an earlier reading's; sets mapping and remark.

    A mapping that the run has already stands; `wishes` (column → field) correct it. Raises
    MappingNeeded when the columns do not lead to people, FileRefused when the file does not.
    """
    run.staged.all().delete()
    with open_table(path) as table:
        known = run.mapping or columns.recognise(table.header.cells, table.sample())
        run.mapping, run.remark = columns.corrected(known, wishes), table.remark
        columns.check(run.mapping)
        _stage(run, table, now.date())


def accounts_stage(*, run: ImportRun, now: datetime) -> None:
    """As `rows_stage`, from what is kept of the tenant; the digest is that of what was read."""
    run.staged.all().delete()
    digest = hashlib.sha256()
    run.mapping, run.complete = MAPPING, True
    _stage(run, people_table(EntraRules.current(), digest), now.date())
    run.sha256 = digest.hexdigest()


def _stage(run: ImportRun, table: Table, today: date) -> None:
    people = read_people(table, run.mapping, today)
    for batch in batches(_staged(run, person, today) for person in people):
        rows_insert(batch)
    statistics_refresh(StagedRow)


def batches(rows: Iterable[StagedRow]) -> Iterator[list[StagedRow]]:
    """The rows in lists of at most BATCH."""
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _staged(run: ImportRun, person: Person, today: date) -> StagedRow:
    left = (
        person.left_on if not person.active and person.left_on and person.left_on <= today else None
    )
    return StagedRow(
        run=run,
        line=person.line,
        outcome=Outcome.ERROR if person.errors else Outcome.NEW,
        email=person.email,
        external_id=person.external_id or None,
        first_name=person.first_name,
        last_name=person.last_name,
        job_title=person.job_title,
        department=person.department,
        country=person.country,
        time_zone=person.time_zone,
        office=person.office,
        employment_type=person.employment_type,
        language=person.language,
        active=person.active,
        left_at=datetime.combine(left, time(), UTC) if left else None,
        name_key=_name_key(f"{person.first_name} {person.last_name}"),
        search_text=search_text(
            person.last_name, person.first_name, person.email, person.department
        ),
        sort_name=sort_name(person.last_name, person.first_name, person.email),
        errors=[error.as_dict() for error in person.errors],
        notes=[note.as_dict() for note in person.notes],
        **_manager(person.manager),
    )


def _manager(manager: str) -> dict[str, str]:
    if "@" in manager:
        return {"manager_key": manager.lower()}
    last, comma, first = manager.partition(",")
    if not comma:
        first, _, last = manager.rpartition(" ")
    return {
        "manager_key": manager,
        "manager_name": _name_key(manager),
        "manager_sort_name": sort_name(last.strip(), first.strip()),
    }


def _name_key(name: str) -> str:
    return " ".join(sorted(name.casefold().replace(",", " ").split()))


def sort_name(last_name: str, first_name: str, otherwise: str = "") -> str:
    """The directory's order: "last, first" in lower case."""
    return ", ".join(filter(None, (last_name, first_name))).lower() or otherwise


def search_text(last_name: str, first_name: str, email: str, department: str) -> str:
    """What the directory's search box looks into."""
    return f"{last_name} {first_name} {email} {department}".lower()
