"""Where finished evidence stands: in Django's storage "evidence", each name written once."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from ledger.commands import Refusal
from reports.models import Export

_CHUNK = 1024 * 1024


class NameTakenError(Exception):
    """A file has this name already, and what stands is never written over."""


class EvidenceFolder(FileSystemStorage):
    """A folder in which each name is written once, whole or not at all, for the program alone."""

    def __init__(self, location: str | None = None) -> None:
        super().__init__(location or Path(settings.DATA_DIR) / "exports")

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002
        """The name itself: Django would look for another one when it is taken."""
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".") as draft:
            shutil.copyfileobj(content, draft, _CHUNK)
            draft.flush()
            os.fsync(draft.fileno())
            try:
                os.link(draft.name, target)  # the one way to name a file that never replaces one
            except FileExistsError:
                raise NameTakenError(name) from None
        _fsync_folder(target.parent)
        return name


def evidence_store(*, export: Export, path: Path, digest: str) -> None:
    """Put the finished file at `path` where it stays; the same file there already is fine.

    Raises Refusal when another file has its name, OSError when the storage takes nothing.
    """
    try:
        with path.open("rb") as file:
            _storage().save(export.stored_name, File(file))
    except NameTakenError:
        # An earlier try of this export got as far, and then the program ended.
        with _storage().open(export.stored_name) as there:
            if _digest(there) != digest:
                raise Refusal(
                    f"The storage holds another file named {export.stored_name}. Files are never"
                    " written over: ask for the export again."
                ) from None


def evidence_open(*, export: Export) -> IO[bytes]:
    """The finished file, open for reading, once it is found to be the one that was made.

    Raises Refusal when it is missing, is another one, or when the storage does not answer.
    """
    try:
        file = _storage().open(export.stored_name)
    except FileNotFoundError:
        raise _not_the_one(export) from None
    except OSError as error:
        raise Refusal("The storage does not answer. Try again in some minutes.") from error
    if _digest(file) != export.sha256:
        file.close()
        raise _not_the_one(export)
    file.seek(0)
    return file


def evidence_delete(*, export: Export) -> None:
    """Remove the file; one that is gone already is fine. Raises OSError."""
    _storage().delete(export.stored_name)


def partial_path(export: Export) -> Path:
    """The file that one try writes to; what earlier tries left behind is removed."""
    folder = Path(settings.DATA_DIR) / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob(f"{export.pk}.*.partial"):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    return folder / f"{export.pk}.{export.tries}.partial"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return _digest(file)


def _storage() -> Storage:
    return storages["evidence"]


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _not_the_one(export: Export) -> Refusal:
    return Refusal(
        "The stored file is missing or is not the one that was made. Ask for the export again"
        f" as of ledger position {export.seq}: it will be the same."
    )


def _fsync_folder(folder: Path) -> None:
    """The new name outlives a power cut as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
