"""Any file of people as one table: a header, and rows with the line they stand on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from accounts.imports.reading import kinds, text, workbook
from accounts.imports.reading.columns import holds_address, looks_like_header
from accounts.imports.reading.errors import FileRefused

_HEADER_WITHIN = 10
_MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the lines of the file it runs over, counted from 1, and its cells."""

    line: int
    last_line: int
    cells: list[str]


class Rows(Protocol):
    """Reads the rows from the start, each time it is called."""

    def __call__(self) -> Iterator[Row]: ...


@dataclass(frozen=True)
class Table:
    """A header and what stands below it."""

    header: Row
    every_row: Rows
    remark: str = ""

    def rows(self) -> Iterator[Row]:
        """The rows below the header; can be read again and again."""
        return (row for row in self.every_row() if row.line > self.header.line)

    def sample(self, size: int = 200) -> list[list[str]]:
        """The cells of the first rows, from which columns are recognised by content."""
        return [row.cells for row in islice(self.rows(), size)]


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """The table in `path`, whatever its form. Raises FileRefused, also while its rows are read."""
    if kinds.kind_of(path) == kinds.TEXT:
        yield _table(partial(_text_rows, path, text.encoding_of(path)))
        return
    with TemporaryDirectory(prefix="optrail-") as folder:
        rows_file = Path(folder) / "rows"
        about = workbook.unpack(path, rows_file)
        yield _table(
            partial(_workbook_rows, rows_file), _about_sheets(about["sheet"], about["left_out"])
        )


def _table(rows: Rows, remark: str = "") -> Table:
    top = list(islice(rows(), _HEADER_WITHIN))
    if not top:
        raise FileRefused(
            "The file is empty. Upload a table with a header row and one row for each person."
        )
    header = next((row for row in top if looks_like_header(row.cells)), top[0])
    _check_header(header)
    if header is not top[0]:
        remark = f"{remark} Read from line {header.line} on: the header stands there.".strip()
    table = Table(header, rows, remark)
    if not table.sample(1):
        raise FileRefused("The file has a header row but no people below it.")
    return table


def _check_header(header: Row) -> None:
    if holds_address(header.cells):
        raise FileRefused(
            "The first row is a person, not a header. Put the names of the columns into the first "
            "row, such as Email, First name and Last name, and upload the file again."
        )
    if len(header.cells) > _MOST_COLUMNS:
        raise FileRefused(
            f"The header has {len(header.cells):,} columns; {_MOST_COLUMNS} are allowed."
        )


def _text_rows(path: Path, encoding: str) -> Iterator[Row]:
    return (Row(*row) for row in text.csv_rows(path, encoding))


def _workbook_rows(rows_file: Path) -> Iterator[Row]:
    return (Row(line, line, cells) for line, cells in workbook.rows_of(rows_file))


def _about_sheets(sheet: str, left_out: list[str]) -> str:
    if not left_out:
        return ""
    others = ", ".join(f"“{name}”" for name in left_out[:5])
    return f"Read from the sheet “{sheet}”; not read: {others}."
