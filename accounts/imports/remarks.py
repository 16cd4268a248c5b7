"""Errors and notes as a table that people can work through in their spreadsheet program."""

import csv
from collections.abc import Iterator
from typing import Any

from accounts.imports.models import ImportRun, Outcome, StagedRow

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")


class _Echo:
    """csv writes into it, and gets the line back."""

    def write(self, line: str) -> str:
        return line


def safe_cell(value: object) -> str:
    """The value as text that no spreadsheet program takes for a formula."""
    text = str(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text


def remarks_csv(run: ImportRun) -> Iterator[str]:
    """Line by line: what was left out and why, and what is worth knowing; with a BOM, for Excel."""
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(["Line", "Kind", "Column", "Value", "Reason"])
    rows = StagedRow.objects.filter(run=run).with_remarks().order_by("line")
    for row in rows.iterator(chunk_size=2_000):
        kind = "error" if row.outcome == Outcome.ERROR else "note"
        for remark in row.remarks:
            cells = [row.line, kind, remark["column"], remark["value"], remark["reason"]]
            yield writer.writerow([safe_cell(cell) for cell in cells])
