"""The safety scan of a workbook's zip container: what it holds, how large, how far it unpacks."""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from accounts.imports.reading.errors import FileRefused

_AS_CSV = "Save the table as CSV (UTF-8) and upload that."
_FRESH = "Open it in your spreadsheet program, save it again as .xlsx and upload that."


@dataclass(frozen=True)
class Limits:
    """How large an honest workbook may be; one of 400,000 people stays below."""

    entries: int = 2_000
    unpacked: int = 400 * 2**20
    # Deflate can reach 1,032:1; tables of people stay below 40:1.
    ratio: int = 200
    # Small parts may shrink as they like.
    ratio_from: int = 4 * 2**20
    columns: int = 500


def checked_archive(path: Path, limits: Limits) -> ZipFile:
    """The opened container, once nothing in its table of contents speaks against it.

    Raises FileRefused.
    """
    try:
        archive = ZipFile(path)
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FileRefused(f"The workbook is damaged and cannot be opened. {_FRESH}") from error
    try:
        _check_entries(archive.infolist(), limits)
        _check_overlap(archive.infolist())
        _check_contents({info.filename for info in archive.infolist()})
    except FileRefused:
        archive.close()
        raise
    return archive


def _check_entries(entries: list[ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise FileRefused(
            f"The workbook holds {len(entries):,} parts; {limits.entries:,} are allowed. {_AS_CSV}"
        )
    if len({info.filename.lower() for info in entries}) < len(entries):
        raise FileRefused(f"The workbook holds two parts of the same name. {_FRESH}")
    if any(info.flag_bits & 0x1 for info in entries):
        raise FileRefused(
            "The file is protected by a password. Save it as .xlsx without a password and upload "
            "that."
        )
    unpacked = sum(info.file_size for info in entries)
    if unpacked > limits.unpacked:
        raise FileRefused(
            f"The workbook unpacks to {unpacked >> 20:,} MB; {limits.unpacked >> 20:,} MB are "
            f"allowed. {_AS_CSV}"
        )
    for info in entries:
        if info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(
            info.compress_size, 1
        ):
            raise FileRefused(
                f"The part {info.filename} unpacks to more than {limits.ratio} times its size, "
                "as no table of "
                f"people does. {_AS_CSV}"
            )


def _check_overlap(entries: list[ZipInfo]) -> None:
    end = 0
    for info in sorted(entries, key=lambda entry: entry.header_offset):
        if info.header_offset < end:
            raise FileRefused(f"Parts of the workbook overlap each other. {_FRESH}")
        end = info.header_offset + info.compress_size


def _check_contents(names: set[str]) -> None:
    if "xl/vbaProject.bin" in names:
        raise FileRefused(
            "The workbook contains macros (.xlsm). Save it as .xlsx, which has none, and upload "
            "that."
        )
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise FileRefused(
            "The workbook takes values from other files. Copy the table into a new workbook as "
            "values only "
            "(“Paste special”), save it as .xlsx and upload that."
        )
    if "xl/workbook.bin" in names:
        raise FileRefused("This is a binary workbook (.xlsb). Save it as .xlsx and upload that.")
    if "content.xml" in names:
        raise FileRefused(
            "This is an OpenDocument file (.ods). Save it as .xlsx or CSV (UTF-8) and upload that."
        )
    if any(name.startswith("Index/") or name.endswith(".iwa") for name in names):
        raise FileRefused(
            "This is a Numbers document. Export it as Excel (.xlsx) or CSV and upload that."
        )
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise FileRefused(
            "This is a zip archive, not a workbook. Unpack it and upload the table inside."
        )
