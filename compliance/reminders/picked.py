"""The one statement by which rows change hands: pick, lock, update, return."""

from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, models


def picked_update(
    rows: models.QuerySet[Any], *, skip_locked: bool = False, **values: Any
) -> list[Any]:
    """Set `values` on `rows` (may be limited) in one statement; returns the keys of those changed.

    PostgreSQL looks at a row again once it has the lock, with every condition that `rows` puts on
    the row itself. A plain UPDATE whose conditions span tables would not: they end in a subquery
    that still sees the row as it was. SQLite has one writer anyway. Belongs in a transaction.
    """
    locked = rows.only("pk").select_for_update(of=("self",), skip_locked=skip_locked)
    try:
        picked, params = locked.query.sql_with_params()
    except EmptyResultSet:  # the conditions contradict each other: there is nothing to ask for
        return []
    meta = rows.model._meta
    target, key = (connection.ops.quote_name(name) for name in (meta.db_table, meta.pk.column))
    columns, prepared = _prepared(meta, values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH picked (picked_id) AS MATERIALIZED ({picked}) "  # noqa: S608 - names come from models
            f"UPDATE {target} SET {columns} FROM picked "
            f"WHERE {target}.{key} = picked.picked_id RETURNING {key}",
            [*params, *prepared],
        )
        return [_python(value, meta.pk) for (value,) in cursor.fetchall()]


def _prepared(meta: Any, values: dict[str, Any]) -> tuple[str, list[Any]]:
    fields = [meta.get_field(name) for name in values]
    columns = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields)
    pairs = zip(fields, values.values(), strict=True)
    return columns, [field.get_db_prep_save(value, connection) for field, value in pairs]


def _python(value: Any, field: "models.Field[Any, Any]") -> Any:
    """SQLite hands UUIDs back as text."""
    is_text = isinstance(field, models.UUIDField) and isinstance(value, str)
    return UUID(value) if is_text else value
