"""Typed cells: a text is a text whatever it begins with, a count a number, a day a date."""

from datetime import date

from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet.worksheet import Worksheet

from reports.datasets.tables import Value
from reports.workbook.styles import COUNT_FORMAT, DAY_FORMAT, Look
from reports.workbook.text import cell_text


class Pen:
    """Writes the values of one column in one look.

    It fills the same cells again and again, for openpyxl has written a row when `append` returns;
    a new cell for each value would take much longer.
    """

    def __init__(self, sheet: Worksheet, look: Look) -> None:
        self.replaced = 0  # characters that had to be written out
        self._text, self._count, self._day = (_dressed(sheet, look) for _ in range(3))
        self._count.number_format, self._day.number_format = COUNT_FORMAT, DAY_FORMAT
        self._nothing = _dressed(sheet, look) if look.framed else None

    def write(self, value: Value) -> Cell | None:
        """The cell with this value, or nothing for none. Raises TextTooLongError."""
        if value is None or value == "":
            return self._nothing
        if isinstance(value, str):
            text, replaced = cell_text(value)
            self.replaced += replaced
            return _filled(self._text, text, "s")
        if isinstance(value, int):
            return _filled(self._count, value, "n")
        return _filled(self._day, value, "d")


def _dressed(sheet: Worksheet, look: Look) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.font, cell.alignment = look.font, look.alignment
    if look.fill:
        cell.fill = look.fill
    if look.border:
        cell.border = look.border
    return cell


def _filled(cell: Cell, value: str | int | date, data_type: str) -> Cell:
    # Assigning to `cell.value` guesses: "=1+1" would be a formula and "#N/A" an error.
    cell._value = value  # type: ignore[attr-defined]
    cell.data_type = data_type
    return cell
