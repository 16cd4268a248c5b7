"""One workbook, written row by row in flat memory; the same contents give the same bytes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from reports.datasets.tables import Sheet, Table
from reports.workbook.archive import FixedZip
from reports.workbook.facts import FactsPage
from reports.workbook.pages import Page, TablePage

LAST_LINE = 1_048_576  # of a worksheet; openpyxl raises beyond it
_LONGEST_NAME = 31


class Book:
    """Worksheets in the order in which they are begun; they wait as files in `folder`."""

    def __init__(
        self, folder: Path, *, title: str, at: datetime, last_line: int = LAST_LINE
    ) -> None:
        self._book, self._folder, self._last_line = Workbook(write_only=True), folder, last_line
        self._pages: list[Page] = []
        self.rows: dict[str, int] = {}  # sheet name → rows of content
        properties = self._book.properties
        properties.creator, properties.title = "Optrail", title
        properties.created = properties.modified = at.astimezone(UTC).replace(tzinfo=None)

    @property
    def replaced(self) -> int:
        """How many characters had to be written out."""
        return sum(page.replaced for page in self._pages)

    @property
    def lines(self) -> list[int]:
        """How many rows each worksheet has, headers and blank ones included, in their order."""
        lines = {page.sheet.title: page.lines for page in self._pages}
        return [lines[sheet.title] for sheet in self._book.worksheets]

    def reserve(self, name: str) -> Worksheet:
        """A place for a page that can be written only when the pages after it are known.

        Raises ValueError for a name that no worksheet can have, or that another one has.
        """
        place: Worksheet = self._book.create_sheet(name)
        if place.title != name or len(name) > _LONGEST_NAME:
            raise ValueError(f"No worksheet can be called “{name}”, or another one is.")
        return place

    def fill(self, place: Worksheet, content: Sheet) -> None:
        """Write a page of facts."""
        self._pages.append(FactsPage(place, self._path(place), content))
        self.rows[place.title] = sum(len(section.facts) for section in content.sections)

    def add(self, table: Table, row_written: Callable[[], None]) -> None:
        """Write a table, into "Name 2" and so on where one worksheet cannot hold it."""
        page, parts = self._table_page(table, 1), 1
        for row in table.rows():
            if page.lines == self._last_line:
                self._finish(page)
                parts += 1
                page = self._table_page(table, parts)
            page.append(row)
            row_written()
        self._finish(page)

    def save(self, path: Path) -> None:
        """Write the file."""
        with path.open("wb") as target, FixedZip(target) as archive:
            # Not `Workbook.save`: that stamps the clock.
            ExcelWriter(self._book, archive).write_data()

    def abandon(self) -> None:
        """End the sheets of a book that is not to be written, while their files are still open."""
        for sheet in self._book.worksheets:
            if not sheet.closed:
                sheet.close()

    def _path(self, place: Worksheet) -> Path:
        return self._folder / f"{place.title}.xml"

    def _table_page(self, table: Table, part: int) -> TablePage:
        name = table.name if part == 1 else f"{table.name} {part}"
        place = self.reserve(name)
        page = TablePage(place, self._path(place), table)
        self._pages.append(page)
        return page

    def _finish(self, page: TablePage) -> None:
        page.finish()
        self.rows[page.sheet.title] = page.lines - 1
