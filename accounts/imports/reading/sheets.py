"""The safety scan of a workbook's parts: counts real rows and cells before any parser."""

import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from accounts.imports.reading.archive import Limits
from accounts.imports.reading.errors import FileRefused

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
UNCOMPUTED = "#FORMULA!"

_FRESH = "Open it in your spreadsheet program, save it again as .xlsx and upload that."
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})\Z")
_ROW_DIGITS = 7
_CHUNK = 256 * 1024
_MOST_BROKEN = 10_000


@dataclass
class SheetFacts:
    """What one worksheet really holds: its last row and column, how many rows are filled, broken
    cells.
    """

    last_row: int = 0
    # The last row that holds more than broken cells: how far a parser must come.
    last_value_row: int = 0
    last_column: int = 0
    rows: int = 0
    # (row, column), from 1 → `#N/A` and the like, or UNCOMPUTED for a formula without a stored
    # value.
    broken: dict[tuple[int, int], str] = field(default_factory=dict)


def scan_parts(archive: ZipFile, limits: Limits) -> dict[str, SheetFacts]:
    """Read every XML part once; returns the facts of each worksheet by the part's name.

    Raises FileRefused for a DTD, broken XML, a lying size, and a table that is mostly nothing.
    """
    facts: dict[str, SheetFacts] = {}
    for info in archive.infolist():
        if not info.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        scanner = _Scanner(info.filename)
        _feed(archive, info, scanner)
        if scanner.is_worksheet:
            _check_shape(scanner.facts, limits)
            facts[info.filename] = scanner.facts
    return facts


def _feed(archive: ZipFile, info: ZipInfo, scanner: "_Scanner") -> None:
    try:
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                scanner.parser.Parse(chunk, False)
            scanner.parser.Parse(b"", True)
    except (
        expat.ExpatError,
        BadZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
        RuntimeError,
    ) as error:
        raise FileRefused(
            f"The part {info.filename} of the workbook is damaged. {_FRESH}"
        ) from error


def _check_shape(facts: SheetFacts, limits: Limits) -> None:
    if facts.last_column > limits.columns:
        raise FileRefused(
            f"A cell stands in column {facts.last_column:,}; {limits.columns} columns are "
            "allowed. Delete the "
            "columns to the right of the table and save again."
        )
    if facts.last_row > 10 * facts.rows + 1_000:
        raise FileRefused(
            f"A cell stands in row {facts.last_row:,}, far below the table of {facts.rows:,} "
            "rows. Delete the rows "
            "below the table and save again."
        )


class _Scanner:
    """Counts rows and cells with expat; keeps no text."""

    def __init__(self, part: str) -> None:
        self.part, self.facts, self.is_worksheet = part, SheetFacts(), False
        self._root_seen = False
        self._row = self._column = self._counted_row = 0
        self._last_place = (0, 0)
        self._kind, self._formula, self._filled, self._text = "", False, False, ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse_dtd
        self.parser.StartElementHandler = self._root

    def _refuse_dtd(self, *_args: Any) -> None:
        raise FileRefused(
            f"The part {self.part} of the workbook declares a document type, as no spreadsheet "
            f"program does. {_FRESH}"
        )

    def _root(self, name: str, _attributes: dict[str, str]) -> None:
        self.is_worksheet = name in (f"{MAIN} worksheet", f"{STRICT} worksheet")
        self.parser.StartElementHandler = self._start if self.is_worksheet else None
        self.parser.EndElementHandler = self._end if self.is_worksheet else None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                self._row = _number(attributes.get("r"), self._row + 1)
                self._column = 0
            case "c":
                self._start_cell(attributes)
            case "f":
                self._formula = True
            case "v" | "t":
                self.parser.CharacterDataHandler = self._value

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = _REFERENCE.match(attributes.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        self._row = int(place[2]) if place else self._row
        self._check_order()
        self._kind, self._formula, self._filled, self._text = (
            attributes.get("t", ""),
            False,
            False,
            "",
        )

    def _check_order(self) -> None:
        """Of two cells in one place, or two tables in one sheet, a parser would keep one."""
        place = self._row, self._column
        if place <= self._last_place:
            raise FileRefused(
                f"The part {self.part} of the workbook is damaged: row {self._row:,}, column "
                f"{self._column:,} comes twice or too late. {_FRESH}"
            )
        self._last_place = place

    def _value(self, text: str) -> None:
        self._filled = True
        if self._kind == "e":
            self._text += text[:20]

    def _end(self, name: str) -> None:
        match name.rpartition(" ")[2]:
            case "v" | "t":
                self.parser.CharacterDataHandler = None
            case "c":
                self._end_cell()

    def _end_cell(self) -> None:
        facts = self.facts
        if self._formula and not self._filled and self._kind != "str":
            self._mark_broken(UNCOMPUTED)
        elif self._filled and self._kind == "e":
            self._mark_broken(self._text)
        elif self._filled:
            facts.last_value_row = max(facts.last_value_row, self._row)
        else:
            return
        facts.last_row = max(facts.last_row, self._row)
        facts.last_column = max(facts.last_column, self._column)
        if self._row != self._counted_row:
            facts.rows, self._counted_row = facts.rows + 1, self._row

    def _mark_broken(self, text: str) -> None:
        self.facts.broken[self._row, self._column] = text
        if len(self.facts.broken) > _MOST_BROKEN:
            raise FileRefused(
                f"More than {_MOST_BROKEN:,} cells hold an error or a formula without a value. "
                "Let your spreadsheet "
                "program calculate, mend the errors, save and upload again."
            )


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= _ROW_DIGITS else otherwise


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
