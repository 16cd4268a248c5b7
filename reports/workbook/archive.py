"""A zip file whose bytes depend on its contents alone."""

import shutil
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

_LEVEL = 3  # of zlib: half the time of its default, files an eighth larger
_ZIP64_FROM = 1 << 30  # above it the compressed entry may pass the 32-bit limit


class FixedZip(ZipFile):
    """Entries carry no time, no owner and no mode of the machine that wrote them.

    `ZipFile.open` for writing makes such entries by itself; the two methods that openpyxl calls
    would stamp them with the clock and with the temporary file's attributes.
    """

    def __init__(self, target: IO[bytes]) -> None:
        super().__init__(target, "w", ZIP_DEFLATED, allowZip64=True, compresslevel=_LEVEL)

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_args: Any, **_kwargs: Any) -> None:
        """Write one entry from memory: bytes, or text as UTF-8."""
        with self.open(str(zinfo_or_arcname), "w") as entry:
            entry.write(data.encode() if isinstance(data, str) else data)

    def write(self, filename: Any, arcname: Any = None, *_args: Any, **_kwargs: Any) -> None:
        """Write one entry from a file."""
        source = Path(filename)
        big = source.stat().st_size > _ZIP64_FROM
        with source.open("rb") as file, self.open(str(arcname), "w", force_zip64=big) as entry:
            shutil.copyfileobj(file, entry, 1 << 20)
