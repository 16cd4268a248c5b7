"""The watched folder on disk: what lies in it, and where files go afterwards."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ledger.commands import Refusal

DONE, REFUSED = "done", "refused"
TABLES = (".csv", ".txt", ".tsv", ".xlsx")
# Beside `people.csv`, `people.csv.done` says that it was written to its end.
MARKER = ".done"
_LONGEST = 200  # characters of a name: the time of day and the report's ending come to it


@dataclass(frozen=True)
class Lying:
    """A table that lies in the folder."""

    path: Path
    size: int
    modified_ns: int
    marked: bool


def folder() -> Path:
    """The folder that is watched. Raises Refusal without one, and when it cannot be worked with."""
    if not settings.IMPORT_FOLDER:
        raise Refusal("No folder is watched. Set IMPORT_FOLDER to its path.")
    path = Path(settings.IMPORT_FOLDER)
    if not path.is_dir() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise Refusal(
            f"IMPORT_FOLDER names {path}, which is no folder that Optrail may read and write. "
            "Mount it, or give Optrail's user the right to: files are moved once they are done."
        )
    return path


def tables_lying(where: Path) -> Iterator[Lying]:
    """Every table in the folder itself; neither hidden files nor what a link points to."""
    for path in sorted(where.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in TABLES:
            continue
        try:
            found = path.lstat()
        except FileNotFoundError:  # somebody moved it a moment ago
            continue
        if stat.S_ISREG(found.st_mode) and len(path.name) <= _LONGEST:
            marked = path.with_name(path.name + MARKER).exists()
            yield Lying(path, found.st_size, found.st_mtime_ns, marked)


def file_put_away(path: Path, where: str, report: Sequence[str], *, now: datetime) -> None:
    """Move a file to `done` or `refused` with a report beside it; one that is gone is no error."""
    shelf = path.parent / where
    shelf.mkdir(exist_ok=True)
    target = shelf / f"{now:%Y%m%dT%H%M%S%f}Z-{path.name}"
    try:
        path.rename(target)
    except FileNotFoundError:
        return
    target.with_name(target.name + ".report.txt").write_text(
        "\n".join(report) + "\n", encoding="utf-8"
    )
    path.with_name(path.name + MARKER).unlink(missing_ok=True)
