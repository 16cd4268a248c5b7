"""A file on disk, and an import made of it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.imports.models import ImportRun
from accounts.imports.services import import_apply, import_read, import_upload
from tests.factories import NOON

HEADER = "id,first,last,email,country,department"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Puts lines (or bytes) into a file and returns its path."""

    def put(*lines: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
        return path

    return put


@pytest.fixture
def preview(settings: Any, tmp_path: Path) -> Callable[..., ImportRun]:
    """Uploads and reads lines of CSV below a header."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }

    def make(*lines: str, header: str = HEADER) -> ImportRun:
        data = "\n".join([header, *lines]).encode()
        run = import_upload(file=io.BytesIO(data), name="people.csv", user=None, now=NOON)
        assert import_read(run=run, now=NOON)
        return run

    return make


@pytest.fixture
def apply() -> Callable[..., ImportRun]:
    """Applies a preview."""

    def make(run: ImportRun, *, complete: bool = False, confirm: bool = False) -> ImportRun:
        import_apply(run=run, actor="system", complete=complete, confirm_leavers=confirm, now=NOON)
        run.refresh_from_db()
        return run

    return make
