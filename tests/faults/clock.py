"""One clock for all processes of a scenario; the harness moves it on instead of waiting."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SECONDS = struct.Struct("<d")


class SharedClock:
    """Real time plus an offset that stands in a file, which every process maps into memory."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))
        with path.open("r+b") as file:
            self._place = mmap.mmap(file.fileno(), _SECONDS.size)
        self.path = path

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        """How far ahead of real time it is."""
        return timedelta(seconds=_SECONDS.unpack_from(self._place)[0])

    def move(self, by: timedelta) -> None:
        """Move on, for everybody at once."""
        _SECONDS.pack_into(self._place, 0, (self.offset + by).total_seconds())
