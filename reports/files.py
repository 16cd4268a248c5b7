"""Where finished workbooks stand: below the data directory, readable by the program alone."""

import hashlib
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from reports.models import Export


def export_storage() -> FileSystemStorage:
    """The folder of finished exports, made when it is missing."""
    folder = Path(settings.DATA_DIR) / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileSystemStorage(location=folder, file_permissions_mode=0o600)


def export_path(export: Export) -> Path:
    """The export's finished file."""
    return Path(export_storage().path(f"{export.id}.xlsx"))


def partial_path(export: Export) -> Path:
    """The file that one try writes to; what earlier tries left behind is removed."""
    finished = export_path(export)
    for left in finished.parent.glob(f"{export.id}.*.partial"):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    return finished.with_suffix(f".{export.tries}.partial")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
