"""Checkpoints copied to a folder that the database's administrator cannot write to."""

import os
import secrets
from pathlib import Path

import structlog
from django.conf import settings

from ledger.canonical import utc_text
from ledger.models import Checkpoint
from ledger.notes import Stated, checkpoint_note, checkpoints_read

_PREFIX = "optrail-checkpoint-"
log = structlog.get_logger(__name__)


def copies_folder() -> Path | None:
    """`CHECKPOINT_DIR`, None when checkpoints are not copied."""
    return Path(settings.CHECKPOINT_DIR) if settings.CHECKPOINT_DIR else None


def copies_write() -> int:
    """Copy the checkpoints that the folder does not hold yet; returns how many.

    No file is ever written twice. A folder that takes none is logged, and tried again with the
    next checkpoint.
    """
    folder = copies_folder()
    if folder is None:
        return 0
    try:
        return sum(_written_once(folder / _name(row), row) for row in _missing(folder))
    except OSError as error:
        log.error("checkpoint_not_copied", reason=error.strerror)  # noqa: TRY400
        return 0


def last_copy() -> Path | None:
    """The file of the checkpoint published last. Raises OSError for a folder that is not there."""
    folder = copies_folder()
    if folder is None:
        return None
    names = (entry.name for entry in os.scandir(folder))
    name = max((name for name in names if name.startswith(_PREFIX)), default="")
    return folder / name if name else None


def copy_read(path: Path) -> Stated:
    """What the copy at `path` says. Raises OSError and NoteError."""
    return checkpoints_read(path.read_text(encoding="utf-8"))[-1]


def _missing(folder: Path) -> list[Checkpoint]:
    last = last_copy()
    rows = Checkpoint.objects.order_by("ts", "size")
    if last:
        rows = rows.filter(ts__gte=copy_read(last).at)
    return [row for row in rows.iterator() if not (folder / _name(row)).exists()]


def _name(row: Checkpoint) -> str:
    """Names sort by time: the last one is the last that was published."""
    time = utc_text(row.ts).replace("-", "").replace(":", "")
    return f"{_PREFIX}{time}-{row.size:012d}-{bytes(row.head).hex()[:16]}.txt"


def _written_once(path: Path, row: Checkpoint) -> bool:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        draft.write_text(checkpoint_note(row), encoding="utf-8")
        draft.chmod(0o444)
        os.link(draft, path)
    except FileExistsError:  # another process was faster: the same checkpoint, the same text
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True
