"""CSV that spreadsheets open as what it says: RFC 4180, UTF-8 with its mark, no formulas."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import IO, Final

from reports.datasets.tables import Row, Sheet, Table, Value

MARK: Final = "\ufeff".encode()  # without it Excel reads another alphabet
# A text that begins so is calculated when the file is opened (OWASP, CSV Injection).
_FORMULA: Final = re.compile("[=+\\-@\t\r＝＋－＠]")


def table_write(table: Table, file: IO[bytes]) -> int:
    """Write the titles and every row; returns how many rows there were."""
    return _write(file, tuple(column.title for column in table.columns), table.rows())


def sheet_write(sheet: Sheet, file: IO[bytes]) -> int:
    """Write every fact with the section that it stands in; returns how many there were."""
    facts = (
        (section.title, fact.label, fact.value, fact.note)
        for section in sheet.sections
        for fact in section.facts
    )
    return _write(file, ("section", "label", "value", "note"), facts)


def _write(file: IO[bytes], titles: Row, rows: Iterator[Row]) -> int:
    file.write(MARK + _line(titles))
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - how far it came
        file.write(_line(row))
    return count


def _line(row: Row) -> bytes:
    """A lone surrogate has no UTF-8 and is written out, as in cells."""
    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_NONNUMERIC).writerow(map(_safe, row))
    return line.getvalue().encode(errors="backslashreplace")


def _safe(value: Value) -> Value:
    """An apostrophe before what would be calculated: the reader sees it, nothing runs."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value
