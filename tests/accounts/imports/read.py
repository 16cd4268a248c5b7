"""What the import reads out of a table, before anything is staged."""

from datetime import date
from pathlib import Path
from typing import Any

from accounts.imports.reading import columns
from accounts.imports.reading.people import read_people
from accounts.imports.reading.tables import open_table

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
TODAY = date(2026, 11, 23)


def people_of(path: Path) -> Any:
    """Every person that the file names."""
    with open_table(path) as table:
        mapping = columns.recognise(table.header.cells, table.sample())
        columns.check(mapping)
        return list(read_people(table, mapping, TODAY))


def fields_of(header: list[str], *rows: list[str]) -> Any:
    """What each column is taken for."""
    return [entry["field"] for entry in columns.recognise(header, rows)]
