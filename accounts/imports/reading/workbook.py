"""Opens a workbook in a child process with limits, and hands back its rows."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accounts.imports.reading.errors import FileRefused

_ROOT = Path(__file__).resolve().parents[3]
# The child limits its own work; this only ends one that cannot work at all (a stalled disk).
_WALL_SECONDS = 600
_TOO_HEAVY = (
    "The workbook takes more {what} to read than a table of its size should. Copy the table into "
    "a new workbook "
    "and save it as .xlsx, or save it as CSV (UTF-8), and upload that."
)


def unpack(source: Path, rows_file: Path) -> dict[str, Any]:
    """Write the first filled sheet of `source` to `rows_file`: a JSON list `[line, cells]` a line.

    Returns {"sheet": its name, "left_out": names of other filled sheets}. Raises FileRefused.
    """
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "accounts.imports.reading.child", source, rows_file],
            cwd=_ROOT,
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused(_TOO_HEAVY.format(what="time")) from error
    return _answer(child)


def _answer(child: "subprocess.CompletedProcess[bytes]") -> dict[str, Any]:
    if child.returncode < 0:  # ended by a limit
        raise FileRefused(_TOO_HEAVY.format(what="time"))
    try:
        answer: dict[str, Any] = json.loads(child.stdout)
    except ValueError as error:
        raise FileRefused(_TOO_HEAVY.format(what="memory")) from error
    if "refused" in answer:
        raise FileRefused(answer["refused"])
    return answer


def rows_of(rows_file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that `unpack` wrote: line and cells."""
    with rows_file.open(encoding="utf-8") as lines:
        for line in lines:
            number, cells = json.loads(line)
            yield number, cells
