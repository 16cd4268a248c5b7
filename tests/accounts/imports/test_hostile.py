"""Files that must be refused, quickly and with a reason."""

import io
import os
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from accounts.imports.reading import child, sheets
from accounts.imports.reading.archive import Limits
from accounts.imports.reading.columns import recognise
from accounts.imports.reading.errors import FileRefused
from accounts.imports.reading.people import read_people
from accounts.imports.reading.tables import open_table
from tests.accounts.imports import hostile
from tests.factories import NOON


def rows_of(data: bytes, folder: Path) -> list[list[str]]:
    path = folder / "file"
    path.write_bytes(data)
    with open_table(path) as table:
        return [table.header.cells, *(row.cells for row in table.rows())]


def worked() -> float:
    """Seconds of work of this process and its children; a busy machine does not lengthen them."""
    return sum(os.times()[:4])


@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_a_hostile_file_is_refused_within_two_seconds(name: str, tmp_path: Path) -> None:
    """Each fails when its own check is removed from archive.py, sheets.py or kinds.py."""
    make, reason = hostile.HOSTILE[name]
    data = make()
    began = worked()
    with pytest.raises(FileRefused, match=reason):
        rows_of(data, tmp_path)
    assert worked() - began < 2


def test_what_slips_past_the_scan_is_ended_by_the_child_s_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the container's checks removed, the limits of time and memory still end the bomb."""
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(hostile.zip_bomb())
    script = (
        "import sys; from pathlib import Path; import accounts.imports.reading.child as c; "
        "from zipfile import ZipFile; c.checked_archive = lambda path, limits: ZipFile(path); "
        "limit = c._limit; c._limit = lambda unpacked: limit(unpacked=0); "
        "print(c.answer(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", script, path, tmp_path / "rows"], capture_output=True, check=False
    )
    assert ended.returncode != 0
    assert time.monotonic() - began < 20


def test_an_honest_workbook_is_read(tmp_path: Path) -> None:
    assert rows_of(hostile.workbook(), tmp_path) == [hostile.HEADER, *hostile.ROWS]


def test_a_workbook_without_a_header_is_refused(tmp_path: Path) -> None:
    """Without the guard its first person is lost."""
    with pytest.raises(FileRefused, match="first row is a person, not a header"):
        rows_of(hostile.workbook(hostile.ROWS), tmp_path)


def test_a_lying_dimension_loses_nobody(tmp_path: Path) -> None:
    """openpyxl's read-only mode believes it and drops the rows; the parser and the scan must agree."""
    people = [["A", f"B{n}", f"p{n}@example.com", "DE"] for n in range(1_000)]
    honest = hostile.workbook([hostile.HEADER, *people])
    with zipfile.ZipFile(io.BytesIO(honest)) as source:
        sheet = source.read(hostile.SHEET)
    lying = sheet.replace(b'ref="A1:D1001"', b'ref="A1:D2"')
    assert lying != sheet
    assert len(rows_of(hostile.with_parts({hostile.SHEET: lying}, honest), tmp_path)) == 1_001


def test_rows_that_the_parser_loses_refuse_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when `_write` does not compare: two rows would vanish."""
    path = tmp_path / "file.xlsx"
    path.write_bytes(hostile.workbook())
    real = sheets.scan_parts

    def sees_more(archive: zipfile.ZipFile, limits: Limits) -> Any:
        facts = real(archive, limits)
        for sheet in facts.values():
            sheet.last_row = sheet.last_value_row = 5
        return facts

    monkeypatch.setattr(child, "scan_parts", sees_more)
    monkeypatch.setattr(child, "_limit", lambda **_: None)
    assert "holds 5 rows, but 3 can be read" in child.answer(path, tmp_path / "rows")["refused"]


def test_errors_and_formulas_without_a_value_are_errors_of_their_row(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(
        hostile.workbook(
            [
                hostile.HEADER,
                ["Bob", "#N/A", "bob@example.com", "DE"],
                ["A", "B", '=A3&"@example.com"', "DE"],
            ]
        )
    )
    with open_table(path) as table:
        people = list(
            read_people(table, recognise(table.header.cells, table.sample()), NOON.date())
        )
    assert [person.errors[0].reason.partition(":")[0] for person in people] == [
        "a spreadsheet error",
        "a formula without a stored value",
    ]


def test_the_stored_value_of_a_formula_is_read(tmp_path: Path) -> None:
    formula = hostile.person(4, "eve").replace(b"inlineStr", b"str")
    formula = formula.replace(b"<is><t>", b'<f>CONCAT("a","b")</f><v>').replace(
        b"</t></is>", b"</v>"
    )
    last = rows_of(hostile.with_rows(formula), tmp_path)[-1]
    assert last == ["eve", "Doe", "eve@example.com", "DE"]


def test_a_dimension_of_a_whole_sheet_costs_nothing(tmp_path: Path) -> None:
    """Fails (2 s, 256 MB) with a parser that makes room for what is declared."""
    lying = hostile.part().replace(b'ref="A1:D3"', b'ref="A1:XFD1048576"')
    assert lying != hostile.part()
    began = worked()
    assert len(rows_of(hostile.with_parts({hostile.SHEET: lying}), tmp_path)) == 3
    assert worked() - began < 2


def test_numbers_dates_and_truths_become_text(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["id", "email", "a", "b", "c", "d"],
        [1001, "a@example.com", 1.5, date(2026, 11, 3), datetime(2026, 11, 3, 9, 30), True],
    ]
    assert rows_of(hostile.workbook(rows), tmp_path)[1] == [
        "1001",
        "a@example.com",
        "1.5",
        "2026-11-03",
        "2026-11-03T09:30:00",
        "true",
    ]


def test_the_first_visible_sheet_that_holds_something_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Empty"
    hidden, people, legend = (
        book.create_sheet("Hidden"),
        book.create_sheet("People"),
        book.create_sheet("Legend"),
    )
    hidden.append(["Email"])
    hidden.sheet_state = "hidden"
    people.append(["Email"])
    people.append(["bob@example.com"])
    legend.append(["As of November"])
    book.save(tmp_path / "file")
    with open_table(tmp_path / "file") as table:
        assert [row.cells for row in table.rows()] == [["bob@example.com"]]
        assert table.remark == "Read from the sheet “People”; not read: “Legend”."
