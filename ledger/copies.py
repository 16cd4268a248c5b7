"""Checkpoints copied to a folder that the database's administrator cannot write to."""

import os
import re
import secrets
from pathlib import Path
from typing import NamedTuple

import structlog
from django.conf import settings

from ledger.canonical import utc_text
from ledger.models import Checkpoint
from ledger.notes import NoteError, Stated, checkpoint_note, checkpoints_read

_PREFIX, _SUFFIX = "optrail-checkpoint-", ".txt"
_NAME = re.compile(
    rf"{_PREFIX}([0-9]{{8}}T[0-9]{{6}}\.[0-9]{{6}}Z)-([0-9]{{12,}})-([0-9a-f]{{16}})\.txt"
)
log = structlog.get_logger(__name__)


class Copy(NamedTuple):
    """A file of the folder, by its name: when it was signed, the number of events, and the first
    16 digits of the last one's hash.
    """

    at: str
    size: int
    head: str
    path: Path


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
        return sum(_written_once(folder / _name_of(row), row) for row in _missing())
    except OSError as error:
        log.error("checkpoint_not_copied", reason=error.strerror)  # noqa: TRY400
        return 0


def copies() -> list[Copy]:
    """Every copy, the newest first; none is opened.

    Raises OSError for a folder that is not there, and NoteError for a name that is none of ours.
    """
    folder = copies_folder()
    if folder is None:
        return []
    names = (entry.name for entry in os.scandir(folder))
    ours = (name for name in names if name.startswith(_PREFIX) and name.endswith(_SUFFIX))
    return sorted((_named(folder / name) for name in ours), reverse=True)


def copy_read(copy: Copy) -> Stated:
    """What a copy says. Raises OSError, and NoteError when it is not what its name says."""
    said = checkpoints_read(copy.path.read_text(encoding="utf-8"))[-1]
    if copy.path.name != _name(said.at, said.size, said.head):
        raise NoteError(f"{copy.path.name} is about another time or size than its name says")
    return said


def _named(path: Path) -> Copy:
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise NoteError(f"{path.name} is not named as Optrail names its copies")
    return Copy(found[1], int(found[2]), found[3], path)


def _missing() -> list[Checkpoint]:
    known = {copy.path.name for copy in copies()}
    rows = Checkpoint.objects.order_by("ts", "size").iterator()
    return [row for row in rows if _name_of(row) not in known]


def _name_of(row: Checkpoint) -> str:
    return _name(utc_text(row.ts), row.size, bytes(row.head))


def _name(at: str, size: int, head: bytes) -> str:
    """Names sort by time: the last one is the last that was published."""
    time = at.replace("-", "").replace(":", "")
    return f"{_PREFIX}{time}-{size:012d}-{head.hex()[:16]}{_SUFFIX}"


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
