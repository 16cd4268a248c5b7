"""Charts that the spreadsheet program draws from the cells of a page of facts."""

from collections.abc import Sequence
from typing import Any, Final

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import AxDataSource, NumDataSource, NumRef, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.chart.text import Text as ChartText
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
)
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.worksheet.worksheet import Worksheet

from reports.datasets.tables import Chart
from reports.workbook.styles import ACCENT, FACE, FACT_WIDTHS, MUTED

BAND: Final = 216  # points: the height of the row in which charts stand
_WIDTH, _HEIGHT, _GAP, _TOP = 374, 272, 12, 8  # pixels
_CHARACTER, _PADDING = 7, 5  # pixels of a column's width
_EMU = 9525  # the format's units in a pixel


def chart_add(
    sheet: Worksheet, chart: Chart, rows: Sequence[int], *, number: int, line: int
) -> None:
    """Draw the facts in `rows` as the chart `number` (from 0, from the left) in the row `line`.

    Raises ValueError when the rows do not follow each other: a chart needs one range of cells.
    """
    if list(rows) != list(range(rows[0], rows[0] + len(rows))):
        raise ValueError(f"Chart “{chart.title}”: its facts do not follow each other.")
    drawn: Any = _bars(sheet, chart, rows)
    drawn.anchor = _anchor(number, line)
    sheet.add_chart(drawn)


def _bars(sheet: Worksheet, chart: Chart, rows: Sequence[int]) -> BarChart:
    bars = BarChart()
    bars.type, bars.legend = "col" if chart.standing else "bar", None
    bars.gapWidth = max(45, 300 // len(rows))  # few bars stay slim
    bars.title, bars.style = _title(chart.title), None
    bars.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    bars.append(_series(sheet, rows))
    names, figures = bars.x_axis, bars.y_axis
    names.delete, figures.delete, figures.majorGridlines = False, True, None
    names.scaling.orientation = "minMax" if chart.standing else "maxMin"
    names.majorTickMark = "none"
    names.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=MUTED))
    names.txPr = _text(MUTED)
    figures.scaling.min = 0
    return bars


def _series(sheet: Worksheet, rows: Sequence[int]) -> Series:
    figures = Series()
    figures.val = NumDataSource(NumRef(f=_cells(sheet, 2, rows)))
    figures.cat = AxDataSource(strRef=StrRef(f=_cells(sheet, 1, rows)))
    figures.graphicalProperties = GraphicalProperties(solidFill=ACCENT)
    figures.invertIfNegative = False
    figures.dLbls = DataLabelList(showVal=True, dLblPos="outEnd", txPr=_text(MUTED))
    for part in ("showSerName", "showCatName", "showLegendKey", "showPercent", "showLeaderLines"):
        setattr(figures.dLbls, part, False)
    return figures


def _cells(sheet: Worksheet, column: int, rows: Sequence[int]) -> str:
    return str(Reference(sheet, min_col=column, min_row=rows[0], max_row=rows[-1]))


def _title(text: str) -> Title:
    look = CharacterProperties(sz=1100, b=True, solidFill=ACCENT, latin=Font(typeface=FACE))
    run = RegularTextRun(rPr=look, t=text)
    title = Title(overlay=False)
    title.tx = ChartText(rich=RichText(p=[Paragraph(r=[run])]))
    return title


def _text(colour: str) -> RichText:
    look = CharacterProperties(sz=900, solidFill=colour, latin=Font(typeface=FACE))
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)
    return RichText(p=[paragraph])


def _anchor(number: int, line: int) -> OneCellAnchor:
    """Beside each other across the three columns; a chart may begin within a column."""
    left, column = number * (_WIDTH + _GAP), 0
    while left >= (width := _CHARACTER * FACT_WIDTHS[column] + _PADDING):
        left, column = left - width, column + 1
    marker = AnchorMarker(column, left * _EMU, line - 1, _TOP * _EMU)
    return OneCellAnchor(marker, XDRPositiveSize2D(_WIDTH * _EMU, _HEIGHT * _EMU))
