"""The file itself: typed cells, frozen headers, split sheets, bytes without a clock."""

import tracemalloc
import warnings
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from openpyxl import load_workbook

from accounts.directory.models import LeftReason
from ledger.commands import Refusal
from reports.datasets.tables import Column, Kind, Row, Table
from reports.workbook.book import LAST_LINE, Book
from reports.workbook.readback import lines_by_sheet
from tests.reports.conftest import Written, facts, table
from tests.reports.scenario import Scenario

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
COLUMNS = (Column("Who", Kind.NAME), Column("Count", Kind.COUNT), Column("Day", Kind.WORD))


def people(count: int) -> Table:
    day = date(2026, 11, 23)
    rows = ((f"Person {number}", number, day) for number in range(count))
    return Table("People", COLUMNS, lambda: rows, naming=1)


def book_of(count: int, path: Path, last_line: int = 1_048_576) -> Book:
    book = Book(path.parent, title="People", at=AT, last_line=last_line)
    book.add(people(count), lambda: None)
    book.save(path)
    return book


def test_counts_are_numbers_and_days_are_days(tmp_path: Path) -> None:
    book_of(2, tmp_path / "typed.xlsx")
    row = load_workbook(tmp_path / "typed.xlsx")["People"][3]
    assert [cell.value for cell in row] == ["Person 1", 1, datetime(2026, 11, 23)]
    assert [cell.data_type for cell in row] == ["s", "n", "d"]
    assert row[2].number_format == "yyyy-mm-dd"


def values(rows: list[tuple[Any, ...]], path: Path) -> list[Any]:
    """The first column of these rows, as openpyxl reads it back."""
    book = Book(path.parent, title="Values", at=AT)
    book.add(Table("Values", (Column("Value", Kind.COUNT),), lambda: iter(rows)), lambda: None)
    book.save(path)
    sheet = load_workbook(path)["Values"]
    return [cell.value for (cell,) in sheet.iter_rows(min_row=2)]


def test_a_number_that_spreadsheets_would_round_is_a_text(tmp_path: Path) -> None:
    """Fails when every integer goes in as a number: 2^53 + 1 would come back as 2^53."""
    exact = [2**53 - 1, 1 - 2**53, 0]
    huge = [2**53, 2**53 + 1, -(2**53), 10**40]
    found = values([(number,) for number in exact + huge], tmp_path / "huge.xlsx")
    assert found == [*exact, *map(str, huge)]


def test_a_day_that_spreadsheets_do_not_know_is_a_text(tmp_path: Path) -> None:
    """They count a 29 February 1900 that never was."""
    days = [date(1, 1, 1), date(1899, 12, 31), date(1900, 2, 28), date(1900, 3, 1)]
    found = values([(day,) for day in days], tmp_path / "old.xlsx")
    assert found == ["0001-01-01", "1899-12-31", "1900-02-28", datetime(1900, 3, 1)]


def test_choices_stand_as_their_codes(tmp_path: Path) -> None:
    found = values([(LeftReason.MISSING,), (None,), ("",), ("end",)], tmp_path / "choices.xlsx")
    assert found == ["missing", None, None, "end"]


@pytest.mark.parametrize("value", [True, 1.5, datetime(2026, 11, 23, tzinfo=UTC), b"x"], ids=repr)
def test_what_has_no_cell_is_refused(value: Any, tmp_path: Path) -> None:
    kind = type(value).__name__
    with pytest.raises(Refusal, match=f"Sheet Values, row 3: a value of the type {kind} has no"):
        values([("fine",), (value,)], tmp_path / "odd.xlsx")


@pytest.mark.parametrize("odd", [("Carla", 2), ("Carla", 2, None, "lost")], ids=len)
def test_a_row_with_too_few_or_too_many_values_is_refused(odd: Row, tmp_path: Path) -> None:
    """Fails without `strict`: a column would lose its last values, or a row its last column."""
    book = Book(tmp_path, title="Odd", at=AT)
    rows = [("Bob", 1, None), odd]
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        book.add(Table("Odd", COLUMNS, lambda: iter(rows)), lambda: None)


@pytest.mark.parametrize("name", ["x" * 32, "a/b", "a[1]", "a:b", "People"])
def test_a_name_that_no_sheet_can_have_is_refused(name: str, tmp_path: Path) -> None:
    """openpyxl gives a second “People” another name without a word."""
    book = Book(tmp_path, title="Names", at=AT)
    book.reserve("People")
    with (
        warnings.catch_warnings(action="ignore"),
        pytest.raises(ValueError, match=r"No worksheet|Invalid character"),
    ):
        book.reserve(name)


@pytest.mark.large
def test_one_row_more_than_a_sheet_holds_stands_in_the_next(tmp_path: Path) -> None:
    rows = ((number,) for number in range(LAST_LINE))
    table = Table("Many", (Column("No.", Kind.COUNT),), lambda: rows)
    book = Book(tmp_path, title="Many", at=AT)
    book.add(table, lambda: None)
    book.save(tmp_path / "many.xlsx")
    assert book.rows == {"Many": LAST_LINE - 1, "Many 2": 1}
    assert lines_by_sheet(tmp_path / "many.xlsx") == [LAST_LINE, 2]


def test_headers_are_frozen_filtered_and_repeated_on_paper(tmp_path: Path) -> None:
    book_of(3, tmp_path / "headed.xlsx")
    sheet = load_workbook(tmp_path / "headed.xlsx")["People"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:C4"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.column_dimensions["A"].width > 20


def test_a_table_goes_on_in_further_sheets_and_loses_nobody(tmp_path: Path) -> None:
    """Fails when a split forgets the row that did not fit."""
    book = book_of(10, tmp_path / "split.xlsx", last_line=5)
    assert book.rows == {"People": 4, "People 2": 4, "People 3": 2}
    sheets = load_workbook(tmp_path / "split.xlsx").worksheets
    names = [row[0] for sheet in sheets for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert names == [f"Person {number}" for number in range(10)]


def test_a_full_sheet_begins_no_empty_one(tmp_path: Path) -> None:
    assert book_of(4, tmp_path / "full.xlsx", last_line=5).rows == {"People": 4}


def test_an_empty_table_has_its_header(tmp_path: Path) -> None:
    assert book_of(0, tmp_path / "empty.xlsx").rows == {"People": 0}
    assert lines_by_sheet(tmp_path / "empty.xlsx") == [1]


def test_the_bytes_do_not_know_the_time(tmp_path: Path) -> None:
    """Fails with openpyxl's own `save`, which stamps the clock."""
    digests = set()
    for days in (0, 400):
        with time_machine.travel(AT + timedelta(days=days), tick=False):
            book_of(50, tmp_path / f"{days}.xlsx")
        digests.add(sha256((tmp_path / f"{days}.xlsx").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_entries_carry_nothing_of_the_machine(tmp_path: Path) -> None:
    """Fails with ZipFile's own `write` or `writestr`."""
    book_of(1, tmp_path / "plain.xlsx")
    entries = ZipFile(tmp_path / "plain.xlsx").infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.external_attr, entry.extra, entry.comment) for entry in entries} == {
        (0o600 << 16, b"", b"")
    }


def test_rows_are_counted_in_the_stored_file(tmp_path: Path) -> None:
    book_of(5000, tmp_path / "many.xlsx")
    assert lines_by_sheet(tmp_path / "many.xlsx") == [5001]


def test_memory_does_not_grow_with_the_company(tmp_path: Path) -> None:
    """Fails when rows, or their heights, are kept until the file is saved."""
    peaks = []
    for count in (1_000, 20_000):
        tracemalloc.start()
        book_of(count, tmp_path / "memory.xlsx")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 2_000_000  # one buffer, not 19,000 rows


@pytest.mark.both
def test_the_audit_workbook_has_its_sheets_in_order(story: Scenario, written: Written) -> None:
    path = written(story)
    book = load_workbook(path)
    assert book.sheetnames == [
        "Summary", "Method", "Roll-forward", "Movements", "Population", "Attestations", "Messages",
        "Exclusions", "Exceptions", "Samples", "Wording", "Integrity",
    ]  # fmt: skip
    assert book.properties.creator == "Optrail"
    assert book.properties.modified == datetime(2026, 11, 26, 12)
    integrity = facts(path, "Integrity")
    for sheet in ("Population", "Attestations", "Messages", "Exclusions", "Wording"):
        assert integrity[sheet] == len(table(path, sheet))


@pytest.mark.both
def test_the_audit_workbook_is_split_where_a_sheet_is_full(
    story: Scenario, written: Written
) -> None:
    path = written(story, last_line=4)
    names = [
        row["First name"] for part in ("", " 2", " 3") for row in table(path, f"Population{part}")
    ]
    assert len(names) == 7
