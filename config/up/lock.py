"""One supervisor for one data directory."""

import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

PATIENCE_SECONDS = 10.0


class AlreadyRunningError(Exception):
    """Another Optrail works in this data directory; the text says which."""


def data_dir_locked(data_dir: Path, *, address: str = "") -> TextIO:
    """The open lock file; the lock lasts until this process and those that inherit the file end.

    When the last run was killed, its guard keeps the lock until every child is gone: that is
    waited for. Raises AlreadyRunningError when somebody lives there.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o700)  # people's names and their personal links stand in it
    file = (data_dir / "up.lock").open("a+", encoding="utf-8")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _taken(file):
        pid, where = holder(file)
        if _alive(pid) or time.monotonic() > deadline:
            raise AlreadyRunningError(_refusal(data_dir, pid, where))
        time.sleep(0.1)
    note_holder(file, address)
    return file


def note_holder(file: TextIO, address: str) -> None:
    """Writes who holds the lock and where it answers, for the message to the next one."""
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n{address}\n")
    file.flush()


def holder(file: TextIO) -> tuple[int, str]:
    """The process id and address of whoever took the lock last; 0 and '' when not yet written."""
    file.seek(0)
    pid, _, address = file.read().strip().partition("\n")
    return int(pid or 0), address


def _taken(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    return pid > 0 and Path(f"/proc/{pid}").exists()


def _refusal(data_dir: Path, pid: int, address: str) -> str:
    place = f" at {address}" if address else ""
    return (
        f"Optrail is already running in {data_dir}{place} (process {pid}). "
        "End it there first, or give this one a folder of its own with OPTRAIL_DATA_DIR."
    )
