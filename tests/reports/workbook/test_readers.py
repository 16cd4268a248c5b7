"""Other programs read our cells exactly as they read those that openpyxl writes itself."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from reports.datasets.tables import Column, Kind, Row, Table
from reports.workbook.book import Book
from tests.reports.workbook.hostile import FINE
from tests.reports.workbook.test_libreoffice import OFFICE, converted_all

DAYS = [date(1900, 3, 1), date(2026, 11, 23), date(9999, 12, 31)]
COUNTS = [0, 1, -7, 2**53 - 1]
ROWS: list[Row] = [
    (text, COUNTS[number % len(COUNTS)], DAYS[number % len(DAYS)], None)
    for number, text in enumerate(FINE)
]
TITLES = ("Text", "Count", "Day", "Nothing")


def ours(path: Path) -> None:
    book = Book(path.parent, title="Same", at=datetime(2026, 11, 23, tzinfo=UTC))
    kinds = (Kind.WORD, Kind.COUNT, Kind.WORD, Kind.WORD)
    columns = tuple(map(Column, TITLES, kinds))
    book.add(Table("Same", columns, lambda: iter(ROWS)), lambda: None)
    book.save(path)


def theirs(path: Path) -> None:
    """By openpyxl alone; a text is told to be one, else `=1+1` would be a formula."""
    book = Workbook()
    sheet = book.worksheets[0]
    for line, row in enumerate([TITLES, *ROWS], 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(line, place, value)
            if isinstance(value, str):
                cell.data_type = "s"
            elif isinstance(value, date):
                cell.number_format = "yyyy-mm-dd"
    book.save(path)


def openpyxl_reads(path: Path) -> list[Any]:
    sheet = load_workbook(path).worksheets[0]
    return [(cell.value, cell.data_type) for row in sheet.iter_rows() for cell in row]


def calamine_reads(path: Path) -> list[Any]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def libreoffice_reads(path: Path) -> list[Any]:
    """Once as it shows them, and once as it saves them again."""
    again = path.parent / "again"
    if not again.exists():
        both = sorted(path.parent.glob("*.xlsx"))
        converted_all(both, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true", again)
        converted_all(both, "xlsx", again)
    with (again / path.with_suffix(".csv").name).open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file), *openpyxl_reads(again / path.name)]


READERS = [
    pytest.param(openpyxl_reads, id="openpyxl"),
    pytest.param(calamine_reads, id="calamine"),
    pytest.param(
        libreoffice_reads,
        id="LibreOffice",
        marks=pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed"),
    ),
]


@pytest.mark.parametrize("reads", READERS)
def test_a_reader_sees_no_difference(reads: Callable[[Path], list[Any]], tmp_path: Path) -> None:
    ours(tmp_path / "ours.xlsx")
    theirs(tmp_path / "theirs.xlsx")
    found = reads(tmp_path / "ours.xlsx")
    assert len(found) > len(ROWS)
    assert found == reads(tmp_path / "theirs.xlsx")
