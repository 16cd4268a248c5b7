"""UPDATE … FROM: one statement over a whole import, for which Django's ORM has no words."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Func

from accounts.directory.models import Employee
from accounts.imports.models import ImportRun, StagedRow


def rows_insert(rows: Sequence[StagedRow]) -> None:
    """Insert staged rows: `bulk_create` writes SQL for every 38 rows on SQLite and takes four
    times as long.
    """
    fields = [field for field in StagedRow._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(field.attname for field in fields)
    places = ", ".join(["%s"] * len(fields))
    adapted = [[_adapted(field, getattr(row, field.attname)) for field in fields] for row in rows]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {StagedRow._meta.db_table} ({columns}) VALUES ({places})",  # noqa: S608
            adapted,
        )


def _adapted(field: "models.Field[Any, Any]", value: Any) -> Any:
    plain = value is None or isinstance(value, str | int)
    return value if plain else field.get_db_prep_save(value, connection)


_STAGED, _EMPLOYEE = StagedRow._meta.db_table, Employee._meta.db_table


class Differs(Func):
    """Whether two expressions differ, where NULL equals NULL."""

    template = "(%(expressions)s)"
    arg_joiner = " IS DISTINCT FROM "
    output_field = models.BooleanField()
    conditional = True

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """SQLite before 3.39 knows only its own spelling."""
        return self.as_sql(compiler, connection, arg_joiner=" IS NOT ", **context)


def staged_from_directory(run: ImportRun, columns: Mapping[str, str], only: str = "true") -> int:
    """Set columns of the run's matched rows (s) to expressions over their employees (e)."""
    target, source = f"{_STAGED} AS s", f"{_EMPLOYEE} AS e"
    return _update(target, source, columns, f"s.known AND {only}", [_run_id(run)])


def directory_from_staged(run: ImportRun, outcome: str, columns: Mapping[str, Any]) -> int:
    """Set columns of the employees (e) whose rows (s) of the run have `outcome`.

    Values are SQL over `s` and `e`, or a (sql, parameter) pair; returns how many people changed.
    """
    pairs = {
        name: (value, ()) if isinstance(value, str) else (value[0], value[1:])
        for name, value in columns.items()
    }
    parameters = [parameter for _, given in pairs.values() for parameter in given]
    sql = {name: text for name, (text, _) in pairs.items()}
    target, source = f"{_EMPLOYEE} AS e", f"{_STAGED} AS s"
    condition = "s.known AND s.outcome = %s"
    return _update(target, source, sql, condition, [*parameters, _run_id(run), outcome])


def _update(
    target: str, source: str, columns: Mapping[str, str], condition: str, parameters: list[Any]
) -> int:
    assignments = ", ".join(
        f"{connection.ops.quote_name(name)} = {sql}" for name, sql in columns.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {target} SET {assignments} FROM {source} "  # noqa: S608 - names are ours
            f"WHERE s.person_id = e.id AND s.run_id = %s AND {condition}",
            parameters,
        )
        return int(cursor.rowcount)


def search_texts_update(texts: Sequence[tuple[str, str, int]]) -> None:
    """Set search text and sort name of staged rows by id; `bulk_update` takes ten times as long."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {_STAGED} SET search_text = %s, sort_name = %s WHERE id = %s",  # noqa: S608
            texts,
        )


def _run_id(run: ImportRun) -> Any:
    return run._meta.pk.get_db_prep_value(run.pk, connection)
