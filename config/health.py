"""Is the program able to work: what load balancers and supervisors ask."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection


def health() -> dict[str, Any]:
    """`{"ok", "version", "database"}`; never raises and names nobody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        answers = True
    except DatabaseError:
        answers = False
    return {"ok": answers, "version": settings.VERSION, "database": "ok" if answers else "down"}
