"""What a database leaves on the disk of rows that are gone."""

import structlog
from django.db import OperationalError, connection

_log = structlog.get_logger(__name__)
# The copy that VACUUM makes is as large as the database: on the disk, not in memory.
_STATEMENTS = (
    "PRAGMA temp_store=FILE",
    "VACUUM",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA wal_checkpoint(TRUNCATE)",
)


def disk_wipe() -> None:
    """On SQLite: write the file anew without what is gone, and empty the log beside it.

    Overwriting on deletion (secure_delete) is not enough: pages that were split keep old copies.
    PostgreSQL reuses the space by itself; its files, logs and backups are its administrator's.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    try:
        with connection.cursor() as cursor:
            for statement in _STATEMENTS:
                cursor.execute(statement)
    except OperationalError:
        _log.exception("disk_not_wiped")  # somebody wrote for half a minute; the next erasure does
