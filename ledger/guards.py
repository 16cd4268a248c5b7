"""Triggers that refuse changes of append-only tables: they deter, checkpoints detect."""

from collections.abc import Callable, Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

_REFUSAL = "BEGIN RAISE EXCEPTION '% rows are only ever appended', TG_TABLE_NAME; END"
_POSTGRESQL = (
    f"""
CREATE OR REPLACE FUNCTION optrail_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ {_REFUSAL} $$;
"""
    """
CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION optrail_append_only();
CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION optrail_append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_truncate;
"""
)
# What the catalogue says of them: enabled Always; before each row (1 + 2) on delete and update
# (8 + 16), before the statement (2) on truncate (32).
_MASKS = {"rows": 1 + 2 + 8 + 16, "truncate": 2 + 32}
_STANDING_POSTGRESQL = """
SELECT concat_ws(' ', t.tgrelid::regclass, t.tgname, t.tgenabled, t.tgtype, p.prosrc)
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgqual IS NULL AND NOT t.tgisinternal
"""
_STANDING_SQLITE = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
_POSTGRESQL_OFF = """
DROP TRIGGER IF EXISTS {table}_rows ON {table};
DROP TRIGGER IF EXISTS {table}_truncate ON {table};
"""
_SQLITE = [
    """CREATE TRIGGER {table}_update BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} rows are only ever appended'); END""",
    """CREATE TRIGGER {table}_delete BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} rows are only ever appended'); END""",
]
# REPLACE deletes without firing a delete trigger unless the connection asks for it, and another
# connection may not: so the insert itself refuses a number or parent that is there already.
_SQLITE_EVENT = """CREATE TRIGGER ledger_event_replace BEFORE INSERT ON ledger_event
    WHEN EXISTS (SELECT 1 FROM ledger_event
                 WHERE seq = NEW.seq OR prev = NEW.prev OR hash = NEW.hash)
    BEGIN SELECT RAISE(ABORT, 'ledger_event rows are only ever appended'); END"""
_SQLITE_OTHER = """CREATE TRIGGER {table}_replace BEFORE INSERT ON {table}
    WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, '{table} rows are only ever appended'); END"""


def guard_install(connection: BaseDatabaseWrapper, table: str) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and REPLACE on `table` from now on."""
    with connection.cursor() as cursor:
        for statement in _install_statements(connection.vendor, table):
            cursor.execute(statement)


def guard_remove(connection: BaseDatabaseWrapper, table: str) -> None:
    """Take the guards of `table` away (to reverse a migration)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_OFF.format(table=table))
            return
        for kind in ("update", "delete", "replace"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{kind}")


def unguarded(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> list[str]:
    """Those of `tables` whose triggers are missing, switched off or not the ones we installed."""
    found = _triggers(connection)
    return [table for table in tables if not _expected(connection.vendor, table) <= found]


def _triggers(connection: BaseDatabaseWrapper) -> set[str]:
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_STANDING_POSTGRESQL if postgresql else _STANDING_SQLITE)
        return {_squeezed(row[0]) for row in cursor.fetchall()}


def _expected(vendor: str, table: str) -> set[str]:
    if vendor == "postgresql":
        return {
            _squeezed(f"{table} {table}_{kind} A {mask} {_REFUSAL}")
            for kind, mask in _MASKS.items()
        }
    return {_squeezed(statement) for statement in _install_statements(vendor, table)}


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _install_statements(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [_POSTGRESQL.format(table=table)]
    replace = _SQLITE_EVENT if table == "ledger_event" else _SQLITE_OTHER
    return [statement.format(table=table) for statement in [*_SQLITE, replace]]


def guard_operation(table: str) -> RunPython:
    """The migration operation that makes `table` append-only."""
    return RunPython(_applied(guard_install, table), _applied(guard_remove, table))


def _applied(
    change: Callable[[BaseDatabaseWrapper, str], None], table: str
) -> Callable[[object, BaseDatabaseSchemaEditor], None]:
    def run(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        change(schema_editor.connection, table)

    return run
