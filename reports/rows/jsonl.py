"""JSON Lines: one object a line, as the rows stand in the datasets and before any cell."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import IO

from reports.datasets.tables import Row, Sheet, Table

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=date.isoformat).encode


def file_name(sheet: str) -> str:
    """What the file of a sheet is called: “Roll-forward 2” stands in `roll-forward_2.jsonl`."""
    return f"{sheet.lower().replace(' ', '_')}.jsonl"


def table_write(table: Table, file: IO[bytes]) -> int:
    """Write every row under the titles of its columns; returns how many there were."""
    return sum(1 for _ in _passing(table, file))


def table_through(table: Table, file: IO[bytes]) -> Table:
    """The same table, whose rows are written to `file` on their way: one pass, two writers."""
    return replace(table, rows=lambda: _passing(table, file))


def sheet_write(sheet: Sheet, file: IO[bytes]) -> int:
    """Write every fact with the section that it stands in; returns how many there were."""
    facts = [(section.title, fact) for section in sheet.sections for fact in section.facts]
    file.writelines(
        _line(("section", "label", "value", "note"), (title, fact.label, fact.value, fact.note))
        for title, fact in facts
    )
    return len(facts)


def _passing(table: Table, file: IO[bytes]) -> Iterator[Row]:
    titles = [column.title for column in table.columns]
    for row in table.rows():
        file.write(_line(titles, row))
        yield row


def _line(titles: Iterable[str], row: Row) -> bytes:
    """A lone surrogate has no UTF-8; JSON's own escape for it is what Python writes as well."""
    text = _encode(dict(zip(titles, row, strict=True)))
    return f"{text}\n".encode(errors="backslashreplace")
