"""One at a time: work that two processes must not do at the same moment."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def one_at_a_time(work: str) -> Iterator[None]:
    """Wait until nobody else is at `work`, and keep others from it until the block ends.

    Within a transaction: until that ends. On SQLite nothing is needed, because each statement
    already sees all that was written before it.
    """
    if connection.vendor != "postgresql":
        yield
    elif connection.in_atomic_block:
        _lock("pg_advisory_xact_lock", work)
        yield
    else:
        _lock("pg_advisory_lock", work)
        try:
            yield
        finally:
            _lock("pg_advisory_unlock", work)


def _lock(function: str, work: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [zlib.crc32(f"optrail {work}".encode())])
