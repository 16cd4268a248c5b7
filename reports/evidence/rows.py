"""Sheets as text files, one for each: alone, or beside a workbook in one pass over the database."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Protocol

from reports.datasets.position import Position
from reports.datasets.pseudonyms import key_annex
from reports.datasets.tables import Row, Sheet, Table
from reports.datasets.tally import Tally
from reports.evidence.packing import pack
from reports.rows import csv, jsonl
from reports.workbook.audit import Target, Written, audit_fill


class Form(Protocol):
    """A way to write rows as text: the modules of `reports.rows`."""

    def table_write(self, table: Table, file: IO[bytes]) -> int:
        """Write every row; returns how many there were."""

    def sheet_write(self, sheet: Sheet, file: IO[bytes]) -> int:
        """Write every fact; returns how many there were."""


class RowsFolder:
    """Takes sheets and writes each into a file of its own, such as `population.csv`."""

    replaced = 0  # a text file holds every character

    def __init__(self, folder: Path, form: Form, suffix: str) -> None:
        self.rows: dict[str, int] = {}  # sheet → rows
        self._folder, self._form, self._suffix = folder, form, suffix

    def reserve(self, name: str) -> str:
        """Files have no order: a page is written when it is known."""
        return name

    def fill(self, _place: object, content: Sheet) -> None:
        """Write a page of facts."""
        with self._open(content.name) as file:
            self.rows[content.name] = self._form.sheet_write(content, file)

    def add(self, table: Table, row_written: Callable[[], None]) -> None:
        """Write a table."""
        told = replace(table, rows=lambda: _telling(table.rows(), row_written))
        with self._open(table.name) as file:
            self.rows[table.name] = self._form.table_write(told, file)

    def _open(self, sheet: str) -> IO[bytes]:
        return (self._folder / f"{sheet.lower().replace(' ', '_')}.{self._suffix}").open("wb")


class WithLines:
    """A book, and JSON Lines of every sheet that it is handed."""

    def __init__(self, book: Target, folder: Path) -> None:
        self.rows = book.rows
        self._book, self._folder = book, folder

    @property
    def replaced(self) -> int:
        """How many characters the book had to write out."""
        return self._book.replaced

    def reserve(self, name: str) -> object:
        """The book's place for a page."""
        return self._book.reserve(name)

    def fill(self, place: object, content: Sheet) -> None:
        """Write a page of facts into both."""
        self._book.fill(place, content)
        with self._open(content.name) as file:
            jsonl.sheet_write(content, file)

    def add(self, table: Table, row_written: Callable[[], None]) -> None:
        """Write a table into both, reading it once."""
        with self._open(table.name) as file:
            self._book.add(jsonl.table_through(table, file), row_written)

    def _open(self, sheet: str) -> IO[bytes]:
        return (self._folder / jsonl.file_name(sheet)).open("wb")


def _telling(rows: Iterator[Row], row_written: Callable[[], None]) -> Iterator[Row]:
    for row in rows:
        yield row
        row_written()


def csv_write(position: Position, path: Path, **told: Callable[[], None]) -> Written:
    """Write a zip of CSV files, one for each sheet. Raises Refusal when figures differ."""
    return _alone(position, path, csv, "csv", **told)


def jsonl_write(position: Position, path: Path, **told: Callable[[], None]) -> Written:
    """Write a zip of JSON Lines, one file for each sheet. Raises Refusal when figures differ."""
    return _alone(position, path, jsonl, "jsonl", **told)


def key_write(
    position: Position,
    path: Path,
    *,
    row_written: Callable[[], None] = lambda: None,
    table_written: Callable[[], None] = lambda: None,
) -> Written:
    """Write who stands behind each pseudonym, as one CSV file."""
    annex = key_annex(position)
    with path.open("wb") as file:
        rows = csv.table_write(
            replace(annex, rows=lambda: _telling(annex.rows(), row_written)), file
        )
    table_written()
    return Written({annex.name: rows}, Tally())


def _alone(
    position: Position, path: Path, form: Form, suffix: str, **told: Callable[[], None]
) -> Written:
    waiting = TemporaryDirectory(prefix=f"{path.stem}.", suffix=".partial", dir=path.parent)
    with waiting as folder:
        written = audit_fill(RowsFolder(Path(folder), form, suffix), position, **told)
        pack(Path(folder), path)
    return written
