"""Worksheets: a table under a frozen, filtered header, and a page of facts in sections."""

from collections.abc import Generator, Iterable, Sequence
from itertools import repeat
from pathlib import Path

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from ledger.commands import Refusal
from reports.datasets.tables import Kind, Row, Section, Sheet, Table, Value
from reports.workbook import styles
from reports.workbook.cells import Pen
from reports.workbook.stream import row_stream
from reports.workbook.text import TextTooLongError

_A3, _A4 = 8, 9
_LINE, _HIGHEST = 15, 27  # points a line, lines a row: a row's height ends at 409 points
_DIGEST = 64  # characters of a SHA-256; signatures are longer


class Page:
    """A worksheet that is written row by row into `path`; `lines` counts the rows."""

    def __init__(self, sheet: Worksheet, path: Path, widths: Sequence[int]) -> None:
        self.sheet, self.path, self.lines = sheet, path, 0
        self._pens: list[Pen] = []
        self._stream: Generator[None, str, None] | None = None
        _set_up_print(sheet)
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width

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
        self, pens: Sequence[Pen], values: Sequence[Value], height: float | None = None
    ) -> None:
        """Write one row. Raises Refusal for a text that no cell can hold."""
        self._stream = self._stream or row_stream(self.sheet, self.path)
        line = self.lines + 1
        try:
            cells = [pen.cell(value, line) for pen, value in zip(pens, values, strict=True)]
        except TextTooLongError as error:
            raise Refusal(f"Sheet {self.sheet.title}, row {line}: {error}") from error
        room = f' ht="{height}" customHeight="1"' if height else ""
        self._stream.send(f'<row r="{line}"{room}>{"".join(cells)}</row>')
        self.lines = line


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
        header = self._pens_for(*(styles.HEADERS[kind] for kind in kinds))
        self._write(header, [column.title for column in table.columns], height=30)

    def append(self, row: Row) -> None:
        """Write one row. Raises Refusal for a text that no cell can hold."""
        texts = [row[place] for place in self._prose]
        self._write(self._columns, row, height=_height(texts, repeat(styles.WIDTHS[Kind.PROSE])))

    def finish(self) -> None:
        """Filter what was written."""
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{self.lines}"


class FactsPage(Page):
    """Sections in three columns (what, value, remark) below a title."""

    def __init__(self, sheet: Worksheet, path: Path, content: Sheet) -> None:
        super().__init__(sheet, path, styles.FACT_WIDTHS)
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", _A4
        sheet.sheet_view.showGridLines = False
        self._section_pens = self._pens_for(*[styles.SECTION] * 3)
        self._fact_pens = self._pens_for(styles.LABEL, styles.VALUE, styles.REMARK)
        self._digest_pens = self._pens_for(styles.LABEL, styles.DIGEST, styles.REMARK)
        self._write(self._pens_for(styles.TITLE), [content.title], height=34)
        self._write(self._pens_for(styles.LEAD), [content.lead], height=36)
        sheet.merged_cells.add("A2:C2")
        for section in content.sections:
            self._section(section)

    def _section(self, section: Section) -> None:
        self._write([], [])
        self._write(self._section_pens, [section.title, "", ""], height=22)
        for fact in section.facts:
            pens = self._digest_pens if _is_digest(fact.value) else self._fact_pens
            values = (fact.label, fact.value, fact.note)
            self._write(pens, values, height=_height(values, styles.FACT_WIDTHS))


def _height(values: Iterable[Value], widths: Iterable[int]) -> float | None:
    """Room for the longest text in points, or None where one line does: not every program makes
    room by itself.
    """
    texts = [(value, width) for value, width in zip(values, widths, strict=False) if value]
    lines = max((_lines(str(value), width) for value, width in texts), default=1)
    return _LINE * min(lines, _HIGHEST) if lines > 1 else None


def _lines(text: str, width: int) -> int:
    return sum(1 + len(line) // width for line in text.split("\n"))


def _is_digest(value: Value) -> bool:
    return isinstance(value, str) and len(value) >= _DIGEST and " " not in value


def _set_up_print(sheet: Worksheet) -> None:
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes, one page wide
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.sheet_properties.tabColor = styles.ACCENT
    footer = HeaderFooterItem(left=_HeaderFooterPart("&A"), right=_HeaderFooterPart("&P / &N"))
    sheet.HeaderFooter.oddFooter = footer
