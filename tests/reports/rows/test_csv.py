"""CSV comes back as it was, but for the apostrophe that keeps a text from being calculated."""

import csv
import shutil
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.datasets.tables import Column, Fact, Kind, Row, Section, Sheet, Table
from reports.rows.csv import MARK, sheet_write, table_write
from tests.reports.workbook.hostile import FINE, FORMULAS
from tests.reports.workbook.test_libreoffice import converted

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))


def written(*rows: Row) -> bytes:
    file = BytesIO()
    columns = (Column("Who", Kind.NAME), Column("What", Kind.COUNT))
    assert table_write(Table("People", columns, lambda: iter(rows)), file) == len(rows)
    return file.getvalue()


def read(data: bytes) -> list[list[str]]:
    assert data.startswith(MARK)
    header, *rows = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == ["Who", "What"]
    return rows


@given(st.lists(st.tuples(TEXTS, st.integers()), max_size=20))
def test_any_text_comes_back(rows: list[tuple[str, int]]) -> None:
    for (text, count), (found, number) in zip(rows, read(written(*rows)), strict=True):
        assert found.removeprefix("'") == text.removeprefix("'")
        assert number == str(count)


@pytest.mark.parametrize("text", [text for text in FORMULAS if text[0] in "=+-@\t"] + ["\r=1"])
def test_nothing_that_begins_like_a_formula_is_left_so(text: str) -> None:
    """Fails when `_safe` hands the text on as it is."""
    assert read(written((text, 1))) == [[f"'{text}", "1"]]


def test_numbers_days_and_nothing_stay_themselves() -> None:
    assert read(written((None, -5), (date(2026, 11, 3), None))) == [["", "-5"], ["2026-11-03", ""]]


def test_lines_end_as_the_standard_has_it_and_texts_stand_in_quotes() -> None:
    """RFC 4180; a semicolon in a text begins no column where semicolons do that."""
    assert written(("a;=1", 1)) == MARK + b'"Who","What"\r\n"a;=1",1\r\n'


def test_facts_name_their_section() -> None:
    file = BytesIO()
    sheet_write(Sheet("Summary", "All", "", (Section("As of", (Fact("=P", 7, "n"),)),)), file)
    assert file.getvalue().splitlines()[1] == b'"As of","\'=P",7,"n"'


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_an_office_program_calculates_nothing(tmp_path: Path) -> None:
    texts = [text for text in FINE if "\n" not in text and "\u2028" not in text]
    source = tmp_path / "people.csv"
    source.write_bytes(written(*((text, 1) for text in texts)))
    converted(source, "xlsx", tmp_path)
    from openpyxl import load_workbook

    sheet = load_workbook(tmp_path / "people.xlsx").worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
        "d",
        "b",
        "e",
    }
    assert not any(str(row[0]).startswith("=") for row in sheet.iter_rows(values_only=True))
