"""Statements about whole sets that Django's ORM has no words for."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.models import Aggregate, Func
from django.db.models.sql.compiler import SQLCompiler


class RandomUUID(Func):
    """A new UUID for every row, drawn by the database."""

    template = "gen_random_uuid()"
    output_field = models.UUIDField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        """SQLite keeps Django's UUIDs as 32 hexadecimal digits."""
        return super().as_sqlite(
            compiler, connection, template="lower(hex(randomblob(16)))", **extra_context
        )


class TextList(Aggregate):
    """What a group has, as text with commas between, in any order."""

    function = "GROUP_CONCAT"
    output_field = models.TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        """PostgreSQL wants text."""
        template = "string_agg((%(expressions)s)::text, ',')"
        return super().as_sql(compiler, connection, template=template, **extra_context)


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
    columns = ", ".join(quote(_column(model, name)) for name in fields)
    conflict = " ON CONFLICT DO NOTHING" if skip_existing else ""
    # Materialized, so that a SELECT that looks into the target ("not there yet") is over before the
    # first row is written: else each row is looked for among all those written before it.
    source = f"WITH source AS MATERIALIZED ({select})"
    target = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    # SQLite reads "SELECT … ON CONFLICT" as a join condition unless a WHERE stands between.
    rest = f"SELECT * FROM source WHERE true{conflict}"  # noqa: S608 - written here
    with connection.cursor() as cursor:
        # WITH stands after INSERT: Python's sqlite3 counts rows only of what begins with INSERT.
        cursor.execute(f"{target} {source} {rest}", params)
        return int(cursor.rowcount)


def rows_lock(rows: models.QuerySet[Any]) -> None:
    """Lock `rows` until the transaction ends, in the order of their keys, in one statement.

    Whoever locks many rows does it here, before an UPDATE that would lock them in an order of its
    own: two that lock in one order never wait for each other for ever. SQLite has one writer.
    """
    if not connection.features.has_select_for_update:
        return
    ordered = rows.order_by("pk").select_for_update(of=("self",), no_key=True)
    select, params = ordered.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({select}) AS locked", params)  # noqa: S608 - ours


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return str(field.column)


def statistics_refresh(model: type[models.Model]) -> None:
    """Let PostgreSQL count `model`'s rows now, after many were written in this transaction.

    Until the next automatic ANALYZE, which sees committed rows only, it plans as if there were
    none: measured, a join that takes a second with statistics took over ten minutes without.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def room_operation(table: str, *, filled: int) -> RunPython:
    """The migration operation that fills pages of `table` to `filled` percent only (PostgreSQL).

    A changed row then finds room on its own page; when no index holds what was changed, none is
    written anew. https://www.postgresql.org/docs/current/storage-hot.html
    """

    def run(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {filled})")

    return RunPython(run, RunPython.noop)
