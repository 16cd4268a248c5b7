"""Triggers that keep a published version as it is, whoever holds the connection."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

TABLE = "compliance_guideversion"
MESSAGE = "a published guide version never changes"
_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION optrail_published_version() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$;
CREATE TRIGGER {TABLE}_published BEFORE UPDATE ON {TABLE}
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION optrail_published_version();
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_published;
"""
_POSTGRESQL_OFF = f"""
DROP TRIGGER IF EXISTS {TABLE}_published ON {TABLE};
DROP FUNCTION IF EXISTS optrail_published_version();
"""
_SQLITE = f"""CREATE TRIGGER {TABLE}_published BEFORE UPDATE ON {TABLE}
    WHEN OLD.published_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
_SQLITE_OFF = f"DROP TRIGGER IF EXISTS {TABLE}_published"


def guard_operation() -> RunPython:
    """The migration operation that makes published versions unchangeable."""
    return RunPython(_install, _remove)


def _install(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, _POSTGRESQL, _SQLITE)


def _remove(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, _POSTGRESQL_OFF, _SQLITE_OFF)


def _run(schema_editor: BaseDatabaseSchemaEditor, postgresql: str, sqlite: str) -> None:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(postgresql if connection.vendor == "postgresql" else sqlite)
