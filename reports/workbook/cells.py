"""Typed cells: a text is a text whatever it begins with, a count a number, a day a date."""

from datetime import date
from xml.sax.saxutils import escape

from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.datasets.tables import Value
from reports.workbook.styles import COUNT_FORMAT, DAY_FORMAT, Look
from reports.workbook.text import cell_text


class Pen:
    """Writes the values of one column in one look.

    It writes the format's XML itself: openpyxl guesses types ("=1+1" would be a formula, "#N/A" an
    error), and takes ten times as long to write a cell.
    """

    def __init__(self, sheet: Worksheet, place: int, look: Look) -> None:
        self.replaced = 0  # characters that had to be written out
        self._letter = get_column_letter(place)
        self._plain = _style(sheet, look)
        self._count = _style(sheet, look, COUNT_FORMAT)
        self._day = _style(sheet, look, DAY_FORMAT)
        self._framed = look.framed

    def cell(self, value: Value, line: int) -> str:
        """The cell with this value in row `line`, as XML. Raises TextTooLongError."""
        at = f'<c r="{self._letter}{line}"'
        if value is None or value == "":
            return f'{at} s="{self._plain}"/>' if self._framed else ""
        if isinstance(value, str):
            return f'{at} s="{self._plain}" t="inlineStr"><is>{self._text(value)}</is></c>'
        if isinstance(value, int):
            return f'{at} s="{self._count}"><v>{value}</v></c>'
        return f'{at} s="{self._day}"><v>{_serial(value)}</v></c>'

    def _text(self, value: str) -> str:
        text, replaced = cell_text(value)
        self.replaced += replaced
        kept = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
        return f"<t{kept}>{escape(text)}</t>"


def _serial(day: date) -> int:
    """A day as spreadsheets count them: 1 March 1900 is 61."""
    return (day - date(1899, 12, 30)).days


def _style(sheet: Worksheet, look: Look, number_format: str = "General") -> int:
    """The number under which the workbook keeps a look."""
    cell = WriteOnlyCell(sheet)
    cell.font, cell.alignment, cell.number_format = look.font, look.alignment, number_format
    if look.fill:
        cell.fill = look.fill
    if look.border:
        cell.border = look.border
    return int(cell.style_id)
