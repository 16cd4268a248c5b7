"""Evidence in an S3 bucket: the only place that knows S3; needs the extra `s3`."""

import base64
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from reports.storage import NameTakenError

_MISSING, _TAKEN = 404, 412


class EvidenceBucket(S3Storage):  # type: ignore[misc]
    """A bucket, or a folder of one, in which each name is written once.

    What the service says when it fails is raised as OSError, as for a folder.
    """

    def __init__(self, **options: Any) -> None:
        # Several seconds of patience, then the export is tried again later.
        patience = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 3}}
        styles = {"s3": {"addressing_style": options.get("addressing_style")}}
        super().__init__(client_config=Config(**patience, **styles), **options)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002
        """The name itself: a taken one is refused where it is written."""
        return name

    def exists(self, name: str) -> bool:
        """Whether something has this name. Raises OSError."""
        with _as_os_errors():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        """Remove it; what is gone already is fine. Raises OSError."""
        with _as_os_errors():
            super().delete(name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        # Also for services that do not know If-None-Match yet.
        if self.exists(name):
            raise NameTakenError(name)
        digest = hashlib.file_digest(content, "sha256").digest()
        content.seek(0)
        checksum = base64.b64encode(digest).decode()
        with _as_os_errors():
            self._object(name).put(Body=content.file, IfNoneMatch="*", ChecksumSHA256=checksum)
        return name

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":  # noqa: ARG002
        """On disk before anybody reads: a file is hashed whole before its first byte leaves."""
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads the file closes it
        with _as_os_errors():
            shutil.copyfileobj(self._object(name).get()["Body"], copy)
        copy.seek(0)
        return File(copy, name)

    def _object(self, name: str) -> Any:
        return self.bucket.Object(self._normalize_name(name))


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == _MISSING:
            raise FileNotFoundError(str(error)) from error
        if status == _TAKEN:
            raise NameTakenError(str(error)) from error
        raise OSError(str(error)) from error
    except BotoCoreError as error:
        raise OSError(str(error)) from error
