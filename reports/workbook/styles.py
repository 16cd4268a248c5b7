"""How a workbook looks: one accent colour, much white, widths by what a column holds."""

from dataclasses import dataclass

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from reports.datasets.tables import Kind

ACCENT, TINT, MUTED, RULE = "0B5C5D", "E3EFED", "566061", "DDD8CD"
FACE, _MONO = "Calibri", "Consolas"
_BODY = Font(name=FACE, size=11)
_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(horizontal="left", vertical="top", wrap_text=True)
_MIDDLE = Alignment(vertical="center", wrap_text=True)
_RIGHT = Alignment(horizontal="right", vertical="top", indent=1)
_MIDDLE_RIGHT = Alignment(horizontal="right", vertical="center", wrap_text=True, indent=1)
_HAIRLINE = Border(bottom=Side(style="hair", color=RULE))


@dataclass(frozen=True)
class Look:
    """What a cell looks like."""

    font: Font = _BODY
    alignment: Alignment = _TOP
    fill: PatternFill | None = None
    border: Border | None = None

    @property
    def framed(self) -> bool:
        """Whether it shows even where there is no value."""
        return bool(self.fill or self.border)


_HEADER_FONT = Font(name=FACE, size=11, bold=True, color="FFFFFF")
_HEADER_FILL = PatternFill("solid", start_color=ACCENT)
_HEADER = Look(_HEADER_FONT, _MIDDLE, _HEADER_FILL)
_HEADER_OF_COUNTS = Look(_HEADER_FONT, _MIDDLE_RIGHT, _HEADER_FILL)
_PLAIN, _PROSE = Look(), Look(alignment=_WRAPPED)
_CODE = Look(Font(name=_MONO, size=9, color=MUTED))
COLUMNS = {
    Kind.WORD: _PLAIN,
    Kind.NAME: _PLAIN,
    Kind.PROSE: _PROSE,
    Kind.IDENTIFIER: _CODE,
    Kind.TIME: _CODE,
    Kind.HASH: _CODE,
    Kind.COUNT: Look(alignment=_RIGHT),
}
HEADERS = dict.fromkeys(Kind, _HEADER) | {Kind.COUNT: _HEADER_OF_COUNTS}
WIDTHS = {
    Kind.WORD: 14,
    Kind.NAME: 22,
    Kind.PROSE: 52,
    Kind.IDENTIFIER: 34,
    Kind.TIME: 25,
    Kind.HASH: 60,
    Kind.COUNT: 13,
}

TITLE = Look(Font(name=FACE, size=20, bold=True, color=ACCENT), Alignment(vertical="center"))
LEAD = Look(Font(name=FACE, size=11, color=MUTED), _WRAPPED)
SECTION = Look(
    Font(name=FACE, size=12, bold=True, color=ACCENT),
    _MIDDLE,
    PatternFill("solid", start_color=TINT),
)
LABEL = Look(alignment=_WRAPPED, border=_HAIRLINE)
VALUE = Look(alignment=_WRAPPED, border=_HAIRLINE)
DIGEST = Look(Font(name=_MONO, size=9), _WRAPPED, border=_HAIRLINE)
REMARK = Look(Font(name=FACE, size=10, color=MUTED), _WRAPPED, border=_HAIRLINE)
FACT_WIDTHS = (34, 66, 62)  # what, value, remark

DAY_FORMAT = "yyyy-mm-dd"
COUNT_FORMAT = "0"
