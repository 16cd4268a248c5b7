"""Statements about whole sets that Django's ORM has no words for."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Func


class RandomUUID(Func):
    """A new UUID for every row, drawn by the database."""

    template = "gen_random_uuid()"
    output_field = models.UUIDField()

    def as_sqlite(self, *_args: Any, **_context: Any) -> tuple[str, list[Any]]:
        """SQLite keeps Django's UUIDs as 32 hexadecimal digits."""
        return "lower(hex(randomblob(16)))", []


def insert_select(
    model: type[models.Model],
    fields: Sequence[str],
    rows: models.QuerySet[Any],
    *,
    skip_existing: bool = False,
) -> int:
    """INSERT INTO model (fields) SELECT … FROM rows, in one statement; returns how many rows.

    `rows` is a `values_list` query set whose columns stand in the order of `fields`. With
    `skip_existing`, rows that a unique constraint refuses are left out (ON CONFLICT DO NOTHING).
    """
    select, params = rows.query.sql_with_params()
    quote = connection.ops.quote_name
    columns = ", ".join(quote(model._meta.get_field(name).column) for name in fields)
    conflict = " ON CONFLICT DO NOTHING" if skip_existing else ""
    # SQLite reads "SELECT … ON CONFLICT" as a join condition unless a WHERE stands between.
    source = f"SELECT * FROM ({select}) AS source WHERE true"  # noqa: S608 - written by Django
    target = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    with connection.cursor() as cursor:
        cursor.execute(f"{target} {source}{conflict}", params)
        return cursor.rowcount
