"""The one way past openpyxl's cell writer: rows go into its worksheet as ready XML."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.worksheet import Worksheet


class _Writer(WorksheetWriter):
    """Its file stands in the book's own folder: openpyxl's would stay in the system's one, with
    everybody's names, when a book is refused or the program killed.
    """

    def cleanup(self) -> None:
        Path(str(self.out)).unlink()


def row_stream(sheet: Worksheet, path: Path) -> Generator[None, str, None]:
    """Begin the rows of a write-only worksheet in the file `path`; `send` it `<row>`s.

    It takes the place of the generator behind `append`, so openpyxl ends it when the sheet is
    closed, and writes everything around the rows. What stands before them (widths, panes) must be
    set by now.
    """
    writing: Any = sheet
    writing._writer = _Writer(sheet, out=str(path))
    writing._writer.write_top()
    rows = writing._rows = _rows(writing._writer)
    next(rows)
    return rows


def _rows(writer: Any) -> Generator[None, str, None]:
    xml = writer.xf.send(True)
    with xml.element("sheetData"):
        try:
            while True:
                xml._file((yield))
        except GeneratorExit:
            pass
    writer.xf.send(None)
