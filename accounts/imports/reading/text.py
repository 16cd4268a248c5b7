"""CSV as people's systems write it: encodings, delimiters, quoted newlines, lines of the file."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from accounts.imports.reading.errors import FileRefused

_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DELIMITERS = ",;\t|"
_LONGEST_LINE = 1_000_000
_CHUNK = 1 << 20


def encoding_of(path: Path) -> str:
    """UTF-8 with or without BOM, UTF-16 or Windows-1252, after reading the whole file once.

    Raises FileRefused when the bytes are none of them, or UTF-8 here and something else there.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    for bom, encoding in _BOMS.items():
        if start.startswith(bom):
            return encoding
    if b"\0" in start:
        return _bare_utf16(start)
    return _utf8_or_windows(path)


def _bare_utf16(start: bytes) -> str:
    if not any(start[1::2]) and len(start) > 1:
        return "utf-16-le"
    if not any(start[0::2]):
        return "utf-16-be"
    if start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    if start[0::2].count(0) > len(start) // 4:
        return "utf-16-be"
    raise FileRefused(
        "This is not a table of text. Export the people as .xlsx or CSV (UTF-8) and upload that."
    )


def _utf8_or_windows(path: Path) -> str:
    decoder, beyond_ascii, line = codecs.getincrementaldecoder("utf-8")(), False, 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = error.object[: error.start]
                return _windows(
                    path, mixed=beyond_ascii or not good.isascii(), line=line + good.count(b"\n")
                )
            beyond_ascii = beyond_ascii or not text.isascii()
            line += text.count("\n")
            if not chunk:
                return "utf-8"


def _windows(path: Path, *, mixed: bool, line: int) -> str:
    if mixed:
        raise FileRefused(
            f"Line {line:,} is not UTF-8 although earlier lines are: the file was put together "
            "from two encodings. "
            "Save the whole table again as CSV (UTF-8) and upload that."
        )
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if any(byte in chunk for byte in b"\x81\x8d\x8f\x90\x9d\0"):
                raise FileRefused(
                    "The file's letters are neither UTF-8, UTF-16 nor Windows-1252. Save it as "
                    "CSV (UTF-8) and upload that."
                )
    return "cp1252"


def csv_rows(path: Path, encoding: str) -> Iterator[tuple[int, int, list[str]]]:
    """First line, last line and cells of each row that holds anything; flat memory.

    Raises FileRefused, with the line, when quoting or encoding breaks.
    """
    with path.open(encoding=encoding, newline="") as file:
        delimiter, above = _dialect(file)
        reader = csv.reader(_lines(file, above), delimiter=delimiter, strict=True)
        first = above + 1
        try:
            for cells in reader:
                last = above + reader.line_num
                if any(cell.strip() for cell in cells):
                    yield first, last, cells
                first = last + 1
        except csv.Error as error:
            raise FileRefused(_broken(first, str(error))) from error
        except UnicodeError as error:
            raise FileRefused(
                f"From line {first:,} on the file cannot be read as {encoding}. {_SAVE_AGAIN}"
            ) from error


_SAVE_AGAIN = "Save it again as CSV (UTF-8) and upload that."


def _broken(line: int, error: str) -> str:
    if "NUL" in error:
        return f"Line {line:,} holds a NUL character, as no table does. {_SAVE_AGAIN}"
    return (
        f'From line {line:,} on the quotation marks do not match: a cell is opened with " and '
        "not closed, or goes on "
        "after it was closed. Mend that line, or open the table in your spreadsheet program. "
        f"{_SAVE_AGAIN}"
    )


def _lines(file: TextIO, above: int) -> Iterator[str]:
    number = above
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise FileRefused(
                f"Line {number:,} is longer than {_LONGEST_LINE:,} characters. {_SAVE_AGAIN}"
            )
        yield line


def _dialect(file: TextIO) -> tuple[str, int]:
    """The delimiter, and how many lines stand above the table (Excel's `sep=;`)."""
    start = file.read(64 * 1024)
    file.seek(0)
    if start[:4].lower() == "sep=" and start[5:6] in ("\r", "\n"):
        file.readline()
        return start[4], 1
    counts = {delimiter: _outside_quotes(start, delimiter) for delimiter in _DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return (best if counts[best] else ","), 0


def _outside_quotes(text: str, delimiter: str) -> int:
    """How often `delimiter` stands in the first ten rows that hold any, quoted text left out."""
    bare = "".join(text.split('"')[::2])
    return sum(line.count(delimiter) for line in bare.splitlines()[:10])
