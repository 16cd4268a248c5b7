"""CSV in all its forms."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.imports.reading.errors import FileRefused
from accounts.imports.reading.tables import open_table

CELLS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text)


def table_of(path: Path) -> Any:
    with open_table(path) as table:
        return [table.header, *table.rows()]


def cells_of(path: Path) -> Any:
    return [row.cells for row in table_of(path)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_is_recognised(
    write: Callable[..., Path], encoding: str, delimiter: str
) -> None:
    path = write(
        delimiter.join(["Vorname", "E-Mail"]),
        delimiter.join(["Jürgen Weiß", "j@example.com"]),
        encoding=encoding,
    )
    assert cells_of(path) == [["Vorname", "E-Mail"], ["Jürgen Weiß", "j@example.com"]]


def test_lines_are_those_of_the_file(write: Callable[..., Path]) -> None:
    path = write("name,email", '"Bob', 'Berger",bob@example.com', "", "Carla,carla@example.com")
    assert [(row.line, row.last_line, row.cells[0]) for row in table_of(path)] == [
        (1, 1, "name"),
        (2, 3, "Bob\r\nBerger"),
        (5, 5, "Carla"),
    ]


def test_excel_s_sep_line_stands_above_the_table(write: Callable[..., Path]) -> None:
    rows = table_of(write("sep=;", "email;name", "a,b@example.com;Bob"))
    assert [(row.line, row.cells) for row in rows] == [
        (2, ["email", "name"]),
        (3, ["a,b@example.com", "Bob"]),
    ]


def test_a_title_above_the_header_is_left_out(write: Callable[..., Path]) -> None:
    path = write("Mitarbeiterliste;;", "Nachname;Vorname;E-Mail", "Berger;Bob;bob@example.com")
    assert cells_of(path)[0] == ["Nachname", "Vorname", "E-Mail"]


def test_a_person_in_the_first_row_is_not_taken_for_a_header(write: Callable[..., Path]) -> None:
    """Without the guard the first person is lost, and with a complete file leaves."""
    path = write("Bob,Berger, bob@example.com,Sales", "Carla,Conti,carla@example.com,Sales")
    with pytest.raises(FileRefused, match="first row is a person, not a header"):
        table_of(path)


def test_a_manager_who_is_active_is_not_taken_for_a_header(write: Callable[..., Path]) -> None:
    """Words of the row are known as names of columns; without the guard everyone above is lost."""
    header, bob = "Nom de naissance,Courriel,Poste,Etat", "Bob,bob@example.com,Manager,active"
    assert [row.cells[0] for row in table_of(write(header, bob))] == ["Nom de naissance", "Bob"]


def test_commas_inside_quotes_do_not_choose_the_delimiter(write: Callable[..., Path]) -> None:
    path = write("name;email", '"Berger, Bob, Dr., MBA, CIPP";bob@example.com')
    assert cells_of(path)[1] == ["Berger, Bob, Dr., MBA, CIPP", "bob@example.com"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ["email,name", 'bob@example.com,"Bob', "carla@example.com,Carla"],
            "From line 2 on the quotation marks",
        ),
        (
            ["email,name", 'bob@example.com,"Bob" B', "carla@example.com,Carla"],
            "From line 2 on the quotation marks",
        ),
        (["email", "x" * 1_000_001], "Line 2 is longer"),
        (["email", "b\0b@example.com"], "NUL|not a table of text"),
        (["", " , "], "empty"),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused_with_its_line(
    write: Callable[..., Path], lines: list[str], reason: str
) -> None:
    """An open quotation mark would swallow everybody below it."""
    with pytest.raises(FileRefused, match=reason):
        cells_of(write(*lines))


def test_a_file_of_two_encodings_is_refused_with_the_line(tmp_path: Path) -> None:
    """Read as Windows-1252, the first name would become "JÃ¼rgen" and nobody would notice."""
    path = tmp_path / "mixed.csv"
    path.write_bytes(
        "email,name\nj@example.com,Jürgen\n".encode() + "b@example.com,Bärbel\n".encode("cp1252")
    )
    with pytest.raises(FileRefused, match="Line 3 is not UTF-8"):
        cells_of(path)


def test_bytes_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "koi8.csv"
    path.write_bytes(b"email,name\nj@example.com,\x81\x8d\xff\n")
    with pytest.raises(FileRefused, match="neither UTF-8"):
        cells_of(path)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_was_written_is_read(
    tmp_path: Path, rows: list[list[str]], delimiter: str, encoding: str, quoting: Literal[0, 1]
) -> None:
    output = io.StringIO()
    writer = csv.writer(output, delimiter=delimiter, quoting=quoting)
    writer.writerows([["email", "name", "department"], *rows])
    path = tmp_path / "people.csv"
    path.write_bytes(output.getvalue().encode(encoding))
    assert cells_of(path) == [["email", "name", "department"], *rows]
