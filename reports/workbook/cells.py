"""Typed cells: a text is a text whatever it begins with, a count a number, a day a date."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from xml.sax.saxutils import escape

from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ledger.commands import Refusal
from reports.datasets.tables import Value
from reports.workbook.styles import COUNT_FORMAT, DAY_FORMAT, Look
from reports.workbook.text import TextTooLongError, all_plain, cell_text

_EXACT_BELOW: Final = 2**53  # spreadsheets keep numbers as doubles
# Spreadsheets believe in 29 February 1900: days before it are off by one, or no days at all.
_FIRST_DAY: Final = date(1900, 3, 1)


class Pen:
    """Writes the values of one column in one look.

    It writes the format's XML itself: openpyxl guesses types ("=1+1" would be a formula, "#N/A" an
    error), and takes ten times as long to write a cell. Many cells at once cost half of the same
    cells one by one.
    """

    def __init__(self, sheet: Worksheet, place: int, look: Look) -> None:
        self.replaced = 0  # characters that had to be written out
        self._sheet = sheet.title
        self._start = f'<c r="{get_column_letter(place)}'
        self._plain = f'" s="{_style(sheet, look)}"'
        self._count = f'" s="{_style(sheet, look, COUNT_FORMAT)}"'
        self._day = f'" s="{_style(sheet, look, DAY_FORMAT)}"'
        self._framed = look.framed

    def cells(self, values: Sequence[Value], lines: Sequence[int]) -> list[str]:
        """The cells with these values, one in each of these rows, as XML.

        Raises Refusal for what no cell can hold.
        """
        if all(issubclass(kind, str | None) for kind in set(map(type, values))):
            return self._texts([_letters(value) for value in values], lines)
        if all(map(_is_count, values)):
            return self._numbers(self._count, values, lines)
        return [self._cell(value, line) for value, line in zip(values, lines, strict=True)]

    def _cell(self, value: Value, line: int) -> str:
        if _is_count(value):
            return self._numbers(self._count, [value], [line])[0]
        if type(value) is date and value >= _FIRST_DAY:
            return self._numbers(self._day, [_serial(value)], [line])[0]
        if type(value) in {int, date}:
            return self._texts([str(value)], [line])[0]
        if value is None or isinstance(value, str):
            return self._texts([_letters(value)], [line])[0]
        kind = type(value).__name__
        raise Refusal(f"Sheet {self._sheet}, row {line}: a value of the type {kind} has no cell.")

    def _numbers(self, style: str, values: Iterable[object], lines: Iterable[int]) -> list[str]:
        start, middle = self._start, f"{style}><v>"
        pairs = zip(values, lines, strict=True)
        return [f"{start}{line}{middle}{value}</v></c>" for value, line in pairs]

    def _texts(self, texts: Sequence[str], lines: Sequence[int]) -> list[str]:
        if not all_plain(texts):
            pairs = zip(texts, lines, strict=True)
            return [self._odd_text(text, line) for text, line in pairs]
        start, middle = self._start, f'{self._plain} t="inlineStr"><is><t>'
        pairs = zip(texts, lines, strict=True)
        return [
            f"{start}{line}{middle}{text}</t></is></c>" if text else self._blank(line)
            for text, line in pairs
        ]

    def _odd_text(self, source: str, line: int) -> str:
        if not source:
            return self._blank(line)
        try:
            text, replaced = cell_text(source)
        except TextTooLongError as error:
            raise Refusal(f"Sheet {self._sheet}, row {line}: {error}") from error
        self.replaced += replaced
        kept = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
        cell = f'{self._start}{line}{self._plain} t="inlineStr"><is><t{kept}>'
        return f"{cell}{escape(text)}</t></is></c>"

    def _blank(self, line: int) -> str:
        return f"{self._start}{line}{self._plain}/>" if self._framed else ""


def _letters(value: Any) -> str:
    """A choice's own letters, not its name."""
    return str.__str__(value) if value else ""


def _is_count(value: Any) -> bool:
    return type(value) is int and -_EXACT_BELOW < value < _EXACT_BELOW


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
