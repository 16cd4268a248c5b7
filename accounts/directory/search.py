"""The index behind the search box: trigrams where PostgreSQL has them."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_AVAILABLE = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
_CREATE = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX employee_search ON accounts_employee USING gin (search_text gin_trgm_ops);
"""


def search_index_create(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Index `search_text` by trigrams; without pg_trgm (and on SQLite) it is scanned."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE)
        if cursor.fetchone():
            cursor.execute(_CREATE)


def search_index_drop(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the index (to reverse the migration)."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS employee_search")
