"""The order of rows: by frozen name, byte by byte, the same on every database and in every year."""

from typing import Any

from django.db.models import CharField, Func

from reports.datasets.position import Position

CHUNK = 2000  # rows fetched at a time: memory does not grow with the company


class Bytewise(Func):
    """A text compared by its UTF-8 bytes: no locale, and no later edition of one, moves a row."""

    template = '%(expressions)s COLLATE "C"'
    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite calls the same order BINARY."""
        context["template"] = "%(expressions)s COLLATE BINARY"
        return self.as_sql(compiler, connection, **context)


def person_order(position: Position, prefix: str = "") -> tuple[Bytewise | str, ...]:
    """By name, then by id; by id alone where nobody is named: the order would tell the initials.

    `prefix` leads to the assignment: `assignment__`.
    """
    if position.options.pseudonymous:
        return (f"{prefix}id",)
    return (Bytewise(f"{prefix}sort_name"), f"{prefix}id")
