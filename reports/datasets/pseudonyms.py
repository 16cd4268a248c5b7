"""The pseudonymous edition: who is who stands in a key of its own, apart from the export."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace

from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position
from reports.datasets.scope import in_scope
from reports.datasets.tables import Column, Kind, Row, Table

ASSIGNMENT = Column("Assignment", Kind.IDENTIFIER)
PSEUDONYM = Column("Pseudonym", Kind.IDENTIFIER)
KEY_COLUMNS = (
    PSEUDONYM,
    Column("Last name", Kind.NAME),
    Column("First name", Kind.NAME),
    Column("Address", Kind.NAME),
    Column("Employee no.", Kind.WORD),
    Column("Manager", Kind.NAME),
    ASSIGNMENT,
)
_TAG = b"OPTRAIL-PSEUDONYM/1\0"
_HALF = 5  # characters; ten of them tell a million people apart


def pseudonym(assignment: str) -> str:
    """A short name for one assignment: `P-K7QF2-9XWPM`, the same in every export.

    It adds no secret to the assignment's id, which was drawn at random and stands beside it,
    because the ledger knows people by it; it is what people can read to each other.
    """
    digest = hashlib.sha256(_TAG + assignment.encode()).digest()
    code = base64.b32encode(digest).decode()
    return f"P-{code[:_HALF]}-{code[_HALF : 2 * _HALF]}"


def in_edition(table: Table, position: Position) -> Table:
    """`table` as the options want it: without what names people, in the pseudonymous edition."""
    if not position.options.pseudonymous or ASSIGNMENT not in table.columns:
        return table
    kept = [place for place, column in enumerate(table.columns) if not column.identifies]
    key = table.columns.index(ASSIGNMENT)
    columns = (PSEUDONYM, *(table.columns[place] for place in kept))

    def rows() -> Iterator[Row]:
        for row in table.rows():
            yield (pseudonym(str(row[key])), *(row[place] for place in kept))

    return replace(table, columns=columns, rows=rows, naming=1)


def key_annex(position: Position) -> Table:
    """Who stands behind each pseudonym; handed out apart, or not at all."""
    return Table("Key", KEY_COLUMNS, lambda: _key_rows(position), naming=1)


def _key_rows(position: Position) -> Iterator[Row]:
    names = ("last_name", "first_name", "email", "external_id", "manager_name", "id")
    people = in_scope(position).order_by(*person_order(position))
    for *person, id_ in people.values_list(*names).iterator(chunk_size=CHUNK):
        yield (pseudonym(str(id_)), *person, str(id_))
