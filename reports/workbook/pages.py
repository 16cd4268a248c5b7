"""Worksheets: what all have in common, and a table under a frozen, filtered header."""

from collections.abc import Generator, Iterable, Sequence
from itertools import repeat
from pathlib import Path

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.datasets.tables import Kind, Row, Table, Value
from reports.workbook import styles
from reports.workbook.cells import Pen
from reports.workbook.stream import row_stream

_A3 = 8
_LINE, _HIGHEST = 15, 27  # points a line, lines a row: a row's height ends at 409 points
_BATCH = 500  # rows written at once: more gain nothing, and would be kept in memory


class Page:
    """A worksheet whose rows are written into `path`."""

    def __init__(self, sheet: Worksheet, path: Path, widths: Sequence[int]) -> None:
        self.sheet, self.path, self._written = sheet, path, 0
        self._pens: list[Pen] = []
        self._stream: Generator[None, str, None] | None = None
        _set_up_print(sheet)
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width

    @property
    def lines(self) -> int:
        """How many rows there are."""
        return self._written

    @property
    def replaced(self) -> int:
        """How many characters had to be written out."""
        return sum(pen.replaced for pen in self._pens)

    def _pens_for(self, *looks: styles.Look) -> list[Pen]:
        """A pen for each column, from the first one on."""
        pens = [Pen(self.sheet, place, look) for place, look in enumerate(looks, 1)]
        self._pens += pens
        return pens

    def _write(
        self, pens: Sequence[Pen], rows: Sequence[Row], heights: Iterable[float | None]
    ) -> None:
        """Write rows, of these heights in points. Raises Refusal for what no cell can hold."""
        self._stream = self._stream or row_stream(self.sheet, self.path)
        lines = range(self._written + 1, self._written + len(rows) + 1)
        columns = zip(pens, zip(*rows, strict=True), strict=True)
        cells = [pen.cells(values, lines) for pen, values in columns]
        written = map("".join, zip(map(_row, lines, heights), *cells, repeat("</row>")))
        self._stream.send("".join(written))
        self._written += len(rows)


def _row(line: int, height: float | None) -> str:
    room = f' ht="{height}" customHeight="1"' if height else ""
    return f'<row r="{line}"{room}>'


class TablePage(Page):
    """A table."""

    def __init__(self, sheet: Worksheet, path: Path, table: Table) -> None:
        super().__init__(sheet, path, [styles.WIDTHS[column.kind] for column in table.columns])
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A3
        sheet.freeze_panes = f"{get_column_letter(table.naming + 1)}2"
        sheet.print_title_rows = "1:1"
        kinds = [column.kind for column in table.columns]
        self._columns = self._pens_for(*(styles.COLUMNS[kind] for kind in kinds))
        self._prose = [place for place, kind in enumerate(kinds) if kind is Kind.PROSE]
        self._waiting: list[Row] = []
        header = self._pens_for(*(styles.HEADERS[kind] for kind in kinds))
        self._write(header, [tuple(column.title for column in table.columns)], [30])

    @property
    def lines(self) -> int:
        """How many rows there are, header included; some of them wait to be written."""
        return super().lines + len(self._waiting)

    def append(self, row: Row) -> None:
        """Take one row, to be written with others. Raises Refusal for what no cell can hold."""
        self._waiting.append(row)
        if len(self._waiting) == _BATCH:
            self._write_waiting()

    def finish(self) -> None:
        """Write what waits, and filter what was written."""
        self._write_waiting()
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{self.lines}"

    def _write_waiting(self) -> None:
        rows, self._waiting = self._waiting, []
        if rows:
            self._write(
                self._columns, rows, map(self._height, rows) if self._prose else repeat(None)
            )

    def _height(self, row: Row) -> float | None:
        return height_of([row[place] for place in self._prose], repeat(styles.WIDTHS[Kind.PROSE]))


def height_of(values: Iterable[Value], widths: Iterable[int]) -> float | None:
    """Room for the longest text in points, or None where one line does: not every program makes
    room by itself.
    """
    texts = [(value, width) for value, width in zip(values, widths, strict=False) if value]
    lines = max((_lines(str(value), width) for value, width in texts), default=1)
    return _LINE * min(lines, _HIGHEST) if lines > 1 else None


def _lines(text: str, width: int) -> int:
    return sum(1 + len(line) // width for line in text.split("\n"))


def _set_up_print(sheet: Worksheet) -> None:
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes, one page wide
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.sheet_properties.tabColor = styles.ACCENT
    footer = HeaderFooterItem(left=_HeaderFooterPart("&A"), right=_HeaderFooterPart("&P / &N"))
    sheet.HeaderFooter.oddFooter = footer
