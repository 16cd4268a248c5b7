"""A worksheet of facts in sections, with charts of some of them above."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl.worksheet.worksheet import Worksheet

from reports.datasets.tables import Section, Sheet, Value
from reports.workbook import styles
from reports.workbook.cells import Pen
from reports.workbook.charts import BAND, chart_add
from reports.workbook.pages import Page, height_of

_A4 = 9
_DIGEST = 64  # characters of a SHA-256; signatures are longer


class FactsPage(Page):
    """Sections in three columns (what, value, remark) below a title."""

    def __init__(self, sheet: Worksheet, path: Path, content: Sheet) -> None:
        super().__init__(sheet, path, styles.FACT_WIDTHS)
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", _A4
        sheet.sheet_view.showGridLines = False
        self._section_pens = self._pens_for(*[styles.SECTION] * 3)
        self._fact_pens = self._pens_for(styles.LABEL, styles.VALUE, styles.REMARK)
        self._digest_pens = self._pens_for(styles.LABEL, styles.DIGEST, styles.REMARK)
        self._places: dict[tuple[str, str], int] = {}  # section and label → row
        self._line(self._pens_for(styles.TITLE), [content.title], height=34)
        self._line(self._pens_for(styles.LEAD), [content.lead], height=36)
        sheet.merged_cells.add("A2:C2")
        filled = (section for section in content.sections if section.facts)
        for number, section in enumerate(filled):
            self._line([], [], height=BAND if content.charts and not number else None)
            self._section(section)
        self._draw(content)

    def _section(self, section: Section) -> None:
        self._line(self._section_pens, [section.title, "", ""], height=22)
        for fact in section.facts:
            pens = self._digest_pens if _is_digest(fact.value) else self._fact_pens
            values = (fact.label, fact.value, fact.note)
            self._line(pens, values, height=height_of(values, styles.FACT_WIDTHS))
            self._places[section.title, fact.label] = self.lines

    def _line(self, pens: Sequence[Pen], values: Sequence[Value], *, height: float | None) -> None:
        self._write(pens, [tuple(values)], [height])

    def _draw(self, content: Sheet) -> None:
        """The charts stand in the first empty row, beneath title and lead."""
        for number, chart in enumerate(content.charts):
            rows = [self._places[chart.section, label] for label in chart.labels]
            chart_add(self.sheet, chart, rows, number=number, line=3)


def _is_digest(value: Value) -> bool:
    return isinstance(value, str) and len(value) >= _DIGEST and " " not in value
