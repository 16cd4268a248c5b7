"""Cells hold what was written, or say visibly that they cannot (promise 6)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from ledger.commands import Refusal
from reports.datasets.tables import Column, Kind, Table
from reports.workbook.book import Book
from reports.workbook.cells import Pen
from reports.workbook.styles import Look
from reports.workbook.text import LONGEST, cell_text
from tests.reports.workbook.hostile import ESCAPES, FINE, WRITTEN_OUT

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def saved(texts: Sequence[str], path: Path) -> int:
    """A workbook with one text a row; returns how many characters were written out."""
    book = Book(path.parent, title="Texts", at=AT)
    columns = (Column("Text", Kind.WORD), Column("As prose", Kind.PROSE))
    rows = [(text, text) for text in texts]
    book.add(Table("Texts", columns, lambda: iter(rows), naming=0), lambda: None)
    book.save(path)
    return book.replaced


def cells(path: Path) -> list[Any]:
    book = load_workbook(path)
    return [row[0] for row in book["Texts"].iter_rows(min_row=2, max_col=1)]


def test_a_text_comes_back_as_the_same_text(tmp_path: Path) -> None:
    """Fails when rows go through openpyxl's own `append`, which guesses what a text means."""
    saved(FINE, tmp_path / "fine.xlsx")
    found = cells(tmp_path / "fine.xlsx")
    assert [cell.value for cell in found] == list(FINE)
    assert {cell.data_type for cell in found} == {"s"}


def test_another_reader_sees_the_same_texts(tmp_path: Path) -> None:
    """Calamine knows the format's own escapes, as Excel and LibreOffice do."""
    texts = [*FINE, *ESCAPES]
    saved(texts, tmp_path / "fine.xlsx")
    sheet = CalamineWorkbook.from_path(str(tmp_path / "fine.xlsx")).get_sheet_by_name("Texts")
    assert [row[0] for row in sheet.to_python()[1:]] == texts


def test_no_cell_holds_a_formula(tmp_path: Path) -> None:
    saved(FINE, tmp_path / "fine.xlsx")
    xml = ZipFile(tmp_path / "fine.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert not re.search(r"<f[ >/]", xml)
    assert set(re.findall(r'<c [^>]*t="(\w+)"', xml)) == {"inlineStr"}


@pytest.mark.parametrize("source", WRITTEN_OUT, ids=ascii)
def test_what_no_cell_can_hold_is_written_out_and_counted(source: str, tmp_path: Path) -> None:
    count = saved([source], tmp_path / "odd.xlsx")
    assert cells(tmp_path / "odd.xlsx")[0].value == WRITTEN_OUT[source]
    assert count == 2 * (len(WRITTEN_OUT[source]) - len(source)) // 5


def test_what_looks_like_the_formats_escape_is_kept_from_being_read_as_one() -> None:
    assert cell_text("_x0041_") == ("_x005F_x0041_", 0)
    assert cell_text("snake_case_x") == ("snake_case_x", 0)


@given(st.lists(st.text(st.characters()), min_size=1, max_size=20))
def test_any_text_comes_back_or_is_written_out(texts: list[str]) -> None:
    """Whatever Unicode holds, lone surrogates included."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.xlsx"
        saved(texts, path)
        sheet = load_workbook(path)["Texts"]
        found = [sheet.cell(number, 1).value for number in range(2, len(texts) + 2)]
    assert found == [cell_text(text)[0] or None for text in texts]


@given(st.lists(st.text(st.one_of(st.sampled_from("ax_0041 |&<\n"), st.characters())), min_size=1))
@example([text for text in FINE if text.isprintable()])
@example([*ESCAPES])
@example(["ends in a space "])
@example([" begins with one"])
def test_the_quick_way_writes_what_the_careful_way_writes(texts: list[str]) -> None:
    """Fails without each of the marks in `all_plain`: `&` sends all texts the careful way."""
    pen = Pen(Workbook().worksheets[0], 1, Look())
    careful = pen.cells([*texts, "&"], range(1, len(texts) + 2))[:-1]
    assert pen.cells(texts, range(1, len(texts) + 1)) == careful
    singly = [pen.cells([text], [line])[0] for line, text in enumerate(texts, 1)]
    assert singly == careful


def test_a_text_of_the_greatest_length_fits_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    saved(["x" * LONGEST, "🙂" * (LONGEST // 2)], tmp_path / "long.xlsx")
    assert len(cells(tmp_path / "long.xlsx")[0].value) == LONGEST
    with pytest.raises(Refusal, match="Sheet Texts, row 2: 32768 characters do not fit"):
        saved(["x" * (LONGEST + 1)], tmp_path / "longer.xlsx")
    with pytest.raises(Refusal, match="16384 characters do not fit"):
        saved(["🙂" * (LONGEST // 2 + 1)], tmp_path / "longer.xlsx")
