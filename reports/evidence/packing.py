"""A folder's files as one zip, in a fixed order; its bytes depend on nothing but theirs."""

import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# What tells about the rest comes first, for whoever reads the file as a stream.
_ORDER = (
    "README.txt",
    "manifest.json",
    "manifest.sig",
    "checkpoints.txt",
    "consistency.json",
    "audit.xlsx",
    "rows",
    "ledger",
    "guide",
    "verify.py",
)
_ZIP64_FROM = 1 << 30  # above it the compressed entry may pass the 32-bit limit


def pack(folder: Path, target: Path) -> None:
    """Write every file of `folder` into the zip `target`."""
    with ZipFile(target, "w", allowZip64=True) as archive:
        for name in names_in(folder):
            _add(archive, folder / name, name)


def names_in(folder: Path) -> list[str]:
    """Every file of `folder`, as the zip names and orders it."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(found, key=_place)


def _place(name: str) -> tuple[int, str]:
    top = name.partition("/")[0]
    return (_ORDER.index(top) if top in _ORDER else len(_ORDER)), name


def _add(archive: ZipFile, path: Path, name: str) -> None:
    """One entry without time, owner or mode; a workbook is compressed already."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_STORED if path.suffix == ".xlsx" else ZIP_DEFLATED
    big = path.stat().st_size > _ZIP64_FROM
    with path.open("rb") as file, archive.open(entry, "w", force_zip64=big) as packed:
        shutil.copyfileobj(file, packed, 1 << 20)
