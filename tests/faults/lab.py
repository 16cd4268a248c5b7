"""What the scenarios of one run share: servers, a prepared company, sizes, a seed."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.faults.database import CARELESS, DURABLE, Postgres
from tests.faults.house import House, Stage
from tests.parts import valkey_start

TMPFS_MEGABYTES = 400
# Little WAL in reserve, so that a full disk is felt at once.
SMALL = (*DURABLE, "max_wal_size=32MB", "min_wal_size=32MB", "wal_recycle=off")


@dataclass(frozen=True)
class Sizes:
    """How much is done in one run."""

    people: int = 10_000
    kills: int = 100
    stops: int = 30
    wipes: int = 50
    crashes: int = 20
    disks: int = 5


@dataclass
class Lab:
    """`with Lab(folder, Sizes(), seed=1) as lab:` — ends every server it started."""

    folder: Path
    sizes: Sizes
    seed: int = 1
    sqlite: bool = False
    stage: Stage = field(init=False)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._server = None if self.sqlite else stack.enter_context(postgresql(CARELESS))
            self.stage = self.prepared("stage")
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._open.close()

    def prepared(self, name: str, *, campaigns: int = 1) -> Stage:
        """A company of this run's size, its invitations owed."""
        url = f"sqlite:///{self.folder / name}.sqlite3"
        url = self._server.database() if self._server else url
        return Stage.prepare(self.folder / name, url, self.sizes.people, campaigns)

    @contextmanager
    def house(self, name: str, stage: Stage | None = None) -> Iterator[House]:
        """A fresh copy of the company for one scenario."""
        with (stage or self.stage).house(self.folder / name, seed=self.seed) as house:
            yield house

    @contextmanager
    def house_with_server(
        self, name: str, *, small: bool = False
    ) -> Iterator[tuple[House, Postgres]]:
        """The same on a PostgreSQL of its own, durable; `small` on a file system soon full."""
        with ExitStack() as stack:
            home = stack.enter_context(tmpfs()) if small else None
            server = stack.enter_context(postgresql(SMALL if small else DURABLE, home))
            url = server.load(self.stage.url)
            folder = self.folder / name
            house = stack.enter_context(self.stage.house(folder, seed=self.seed, url=url))
            yield house, server

    def valkey(self) -> str:
        """A broker; ends with the program."""
        return valkey_start()


@contextmanager
def postgresql(settings: tuple[str, ...], home: Path | None = None) -> Iterator[Postgres]:
    """A running server of one's own; its files go with it."""
    with ExitStack() as stack:
        place = home or Path(stack.enter_context(TemporaryDirectory(prefix="optrail-pg-")))
        server = Postgres(place, settings)
        server.create()
        server.start()
        try:
            yield server
        finally:
            if server.running():
                server.stop()


@contextmanager
def tmpfs() -> Iterator[Path]:
    """A small file system in memory. Raises PermissionError for anybody but root."""
    if not may_mount():
        raise PermissionError("A small file system is mounted for this: run it as root.")
    with TemporaryDirectory(prefix="optrail-disk-") as folder:
        size = f"size={TMPFS_MEGABYTES}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def may_mount() -> bool:
    """Whether we are root, and root may mount (not so in most containers)."""
    if os.geteuid() != 0:
        return False
    with TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True
