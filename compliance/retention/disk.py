"""What a database leaves on the disk of rows that are gone."""

from django.db import connection


def disk_wipe() -> None:
    """On SQLite: write the log back and empty it; deleted rows are overwritten (secure_delete).

    When somebody reads at this moment the log is emptied by the next hourly run. PostgreSQL
    reuses the space by itself; its pages, logs and backups are its administrator's.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
