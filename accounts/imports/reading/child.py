"""The child process that opens one untrusted workbook: limits, then the scan, then the parser."""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import python_calamine as calamine

from accounts.imports.reading.archive import Limits, checked_archive
from accounts.imports.reading.errors import FileRefused
from accounts.imports.reading.parts import part_of_sheet
from accounts.imports.reading.sheets import SheetFacts, scan_parts

_FRESH = "Open it in your spreadsheet program, save it again as .xlsx and upload that."
_OUTPUT_LIMIT = 2**30


def main(source: Path, rows_file: Path) -> dict[str, Any]:
    """Scan `source`, write its rows to `rows_file` and say which sheet they are from."""
    _limit(unpacked=0)
    with checked_archive(source, Limits()) as archive:
        _limit(unpacked=sum(info.file_size for info in archive.infolist()))
        facts = scan_parts(archive, Limits())
        parts = part_of_sheet(archive)
    with calamine.load_workbook(source) as book:
        filled = [
            meta.name
            for meta in book.sheets_metadata
            if meta.visible is calamine.SheetVisibleEnum.Visible
            and meta.typ is calamine.SheetTypeEnum.WorkSheet
            and _facts(facts, parts, meta.name).rows
        ]
        if not filled:
            raise FileRefused(
                "No visible sheet of the workbook holds anything. Save the table on the first "
                "sheet."
            )
        _write(book.get_sheet_by_name(filled[0]), _facts(facts, parts, filled[0]), rows_file)
    return {"sheet": filled[0], "left_out": filled[1:]}


def _limit(*, unpacked: int) -> None:
    """Two seconds of work and 256 MB, and more only for what the container honestly declares.

    Measured: 100,000 people unpack to 70 MB and take 6 s and 140 MB.
    """
    megabytes = unpacked >> 20
    seconds, memory = 2 + megabytes // 4, (256 + 8 * megabytes) << 20
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OUTPUT_LIMIT, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _facts(facts: dict[str, SheetFacts], parts: dict[str, str], sheet: str) -> SheetFacts:
    """Raises FileRefused for a sheet that the scan did not find where the parser may find it."""
    part = parts.get(sheet, "")
    if part not in facts:
        raise FileRefused(f"The sheet “{sheet}” has no part of its own. {_FRESH}")
    return facts[part]


def _write(sheet: calamine.CalamineSheet, facts: SheetFacts, rows_file: Path) -> None:
    last = sheet.end[0] + 1 if sheet.end else 0
    if not facts.last_value_row <= last <= facts.last_row:
        raise FileRefused(
            f"The sheet “{sheet.name}” holds {facts.last_row:,} rows, but {last:,} can be read. "
            f"{_FRESH}"
        )
    with rows_file.open("w", encoding="utf-8") as output:
        for line, cells in enumerate(_texts(sheet, facts), start=1):
            if any(cells):
                output.write(json.dumps([line, cells], ensure_ascii=True) + "\n")


def _texts(sheet: calamine.CalamineSheet, facts: SheetFacts) -> Iterator[list[str]]:
    rows = chain(sheet.iter_rows(), repeat([])) if facts.broken else sheet.iter_rows()
    for line, row in zip(range(1, facts.last_row + 1), rows, strict=False):
        cells = [_text(value) for value in row]
        if facts.broken:  # the parser reads them as empty
            cells += [""] * (facts.last_column - len(cells))
            cells = [
                facts.broken.get((line, place), cell) for place, cell in enumerate(cells, start=1)
            ]
        yield cells


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
    return str(value)


def answer(source: Path, rows_file: Path) -> dict[str, Any]:
    """What `main` says, or {"refused": why}."""
    try:
        return main(source, rows_file)
    except FileRefused as refusal:
        return {"refused": str(refusal)}
    except calamine.CalamineError:
        return {"refused": f"The workbook is damaged and cannot be opened. {_FRESH}"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(Path(sys.argv[1]), Path(sys.argv[2]))))
