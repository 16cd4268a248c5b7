"""What really stands in a finished bundle: every digest taken again from the file itself."""

import hashlib
import json
from pathlib import Path
from zipfile import ZipFile

from ledger.commands import Refusal


def readback(path: Path) -> None:
    """Raises Refusal when the finished file does not hold what was written to it."""
    with ZipFile(path) as archive:
        for file in json.loads(archive.read("manifest.json"))["files"]:
            with archive.open(file["name"]) as entry:
                if hashlib.file_digest(entry, "sha256").hexdigest() != file["sha256"]:  # type: ignore[arg-type]
                    raise Refusal(f"{file['name']} in the finished bundle is not what was written.")
