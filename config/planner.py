"""What every connection tells PostgreSQL before it asks anything."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def compile_nothing(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Our statements end after a few rows; PostgreSQL would spend ten times as long compiling them.

    It decides by an estimate that knows nothing of their LIMIT: a claim of 200 mails among 100,000
    took 150 ms, 140 of them for machine code that ran once.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")


connection_created.connect(compile_nothing)
