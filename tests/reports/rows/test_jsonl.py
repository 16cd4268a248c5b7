"""JSON Lines hold every value as it is."""

import json
from datetime import date
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reports.datasets.tables import Column, Fact, Kind, Row, Section, Sheet, Table
from reports.rows.jsonl import file_name, sheet_write, table_through, table_write

VALUES = st.one_of(st.none(), st.integers(), st.dates(), st.text(st.characters()))


def table(*rows: Row) -> Table:
    columns = (Column("Who", Kind.NAME), Column("What", Kind.COUNT))
    return Table("Some people", columns, lambda: iter(rows))


def lines(data: bytes) -> list[Any]:
    assert data.endswith(b"\n") or not data
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def as_json(value: Any) -> Any:
    """Two lone surrogates that stand side by side as a pair are one letter to every reader."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return value.isoformat() if isinstance(value, date) else value


@given(st.lists(st.tuples(VALUES, VALUES), max_size=20))
def test_any_value_comes_back(rows: list[Row]) -> None:
    """Whatever Unicode holds, lone surrogates included; integers of any size."""
    file = BytesIO()
    assert table_write(table(*rows), file) == len(rows)
    found = [tuple(line.values()) for line in lines(file.getvalue())]
    assert found == [tuple(map(as_json, row)) for row in rows]


def test_the_bytes_are_those_of_the_contract() -> None:
    file = BytesIO()
    table_write(table(("Ünal\n\ud800", 2**70), (None, date(1899, 12, 31))), file)
    assert (
        file.getvalue()
        == (
            '{"Who":"Ünal\\n\\ud800","What":1180591620717411303424}\n'
            '{"Who":null,"What":"1899-12-31"}\n'
        ).encode()
    )


def test_rows_are_written_on_their_way_to_another_writer() -> None:
    file = BytesIO()
    rows = [("Bob", 1), ("Carla", 2)]
    assert list(table_through(table(*rows), file).rows()) == rows
    assert lines(file.getvalue()) == [{"Who": "Bob", "What": 1}, {"Who": "Carla", "What": 2}]


def test_facts_name_their_section() -> None:
    file = BytesIO()
    section = Section("As of", (Fact("Position", 7, "nothing later"), Fact("Day", None)))
    assert sheet_write(Sheet("Summary", "All", "", (section,)), file) == 2
    assert lines(file.getvalue()) == [
        {"section": "As of", "label": "Position", "value": 7, "note": "nothing later"},
        {"section": "As of", "label": "Day", "value": None, "note": ""},
    ]
    assert file_name("Some people") == "some_people.jsonl"
