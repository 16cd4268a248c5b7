"""Putting a finished workbook into somebody's folder, without ever replacing another file."""

import os
import shutil
import tempfile
from pathlib import Path

from ledger.commands import Refusal
from reports.models import Export
from reports.storage import evidence_open, sha256_of


def folder_prepare(folder: Path) -> None:
    """Make `folder` and try whether it takes files. Raises Refusal."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Refusal(
            f"{folder} takes no files ({error.strerror}). Name a folder that you may write to."
        ) from error


def export_deliver(*, export: Export, folder: Path) -> Path:
    """Copy the finished file into `folder`; the same file there already is fine.

    Raises Refusal when another file has its name, and when the folder takes no more.
    """
    target = folder / export.file_name
    try:
        _copy(export, target)
    except FileExistsError:
        if sha256_of(target) != export.sha256:
            raise Refusal(
                f"{target} stands there already and is another file. Move it away, or name"
                " another folder."
            ) from None
    except OSError as error:
        raise Refusal(f"{target} could not be written ({error.strerror}).") from error
    return target


def _copy(export: Export, target: Path) -> None:
    """Whole or not at all. Raises FileExistsError."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".optrail-") as copy:
        with evidence_open(export=export) as original:
            shutil.copyfileobj(original, copy)
        copy.flush()
        os.link(copy.name, target)
