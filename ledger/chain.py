"""Read: the events and their hashes in one stream, as stored, with flat memory."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from django.db import connection, transaction

BATCH = 4096
# As bytes, whatever somebody put there: SQLite keeps any value in any column.
_COLUMNS = {
    "postgresql": "seq, convert_to(body, 'UTF8'), prev, hash",
    "sqlite": "seq, CAST(body AS BLOB), CAST(prev AS BLOB), CAST(hash AS BLOB)",
}


class Stored(NamedTuple):
    """One event as it stands in the database."""

    seq: int
    body: bytes
    prev: bytes
    hash: bytes


def event_batches(*, after: int = 0) -> Iterator[Sequence[Stored]]:
    """All events after number `after`, in order, some thousand at a time: plain tuples."""
    columns = _COLUMNS[connection.vendor]
    return _batches(f"SELECT {columns} FROM ledger_event WHERE seq > %s ORDER BY seq", after)  # noqa: S608


def hash_batches(*, up_to: int) -> Iterator[list[bytes]]:
    """The hashes of the events up to number `up_to`."""
    sql = "SELECT hash FROM ledger_event WHERE seq <= %s ORDER BY seq"
    for batch in _batches(sql, up_to):
        yield [row[0] for row in batch]


def _batches(sql: str, number: int) -> Iterator[list[Any]]:
    """Past the ORM: a million model rows would take longer than all the hashing."""
    with _unheld(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, [number])
        while rows := cursor.fetchmany(BATCH):
            yield rows


def _unheld() -> AbstractContextManager[object]:
    """Outside of a transaction PostgreSQL would first copy all rows; SQLite would lock writers out
    inside of one.
    """
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()
