"""The one way past openpyxl's cell writer: rows go into its worksheet as ready XML."""

from collections.abc import Generator
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet


def row_stream(sheet: Worksheet) -> Generator[None, str, None]:
    """Begin the rows of a write-only worksheet; `send` it one `<row>` at a time.

    It takes the place of the generator behind `append`, so openpyxl ends it when the sheet is
    closed, and writes everything around the rows. What stands before them (widths, panes) must be
    set by now.
    """
    writing: Any = sheet
    writing._get_writer()
    writing._rows = _rows(writing._writer)
    next(writing._rows)
    stream: Generator[None, str, None] = writing._rows
    return stream


def _rows(writer: Any) -> Generator[None, str, None]:
    xml = writer.xf.send(True)
    with xml.element("sheetData"):
        try:
            while True:
                xml._file((yield))
        except GeneratorExit:
            pass
    writer.xf.send(None)
