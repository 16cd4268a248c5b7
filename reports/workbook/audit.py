"""The audit workbook: all datasets of one position in one file, or a refusal and no file."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import translation

from ledger.commands import Refusal
from reports.datasets.attestations import attestations, attestations_until
from reports.datasets.course import Course, course_at
from reports.datasets.integrity import integrity
from reports.datasets.messages import messages, messages_until
from reports.datasets.population import exclusions, population
from reports.datasets.position import Position
from reports.datasets.reconciliation import reconcile
from reports.datasets.scope import in_scope
from reports.datasets.summary import summary
from reports.datasets.tables import Table
from reports.datasets.tally import Tally
from reports.datasets.wording import wording
from reports.workbook.book import LAST_LINE, Book
from reports.workbook.readback import lines_by_sheet


def audit_write(
    position: Position,
    path: Path,
    *,
    row_written: Callable[[], None] = lambda: None,
    table_written: Callable[[], None] = lambda: None,
    last_line: int = LAST_LINE,
) -> dict[str, int]:
    """Write the workbook to `path`; returns how many rows of content each sheet has.

    Raises Refusal when figures differ or the file does not hold what was written.
    """
    waiting = TemporaryDirectory(prefix=f"{path.stem}.", suffix=".partial", dir=path.parent)
    with waiting as folder, translation.override("en"):  # the same bytes, whoever asks
        book = Book(Path(folder), title=position.campaign.name, at=position.at, last_line=last_line)
        try:
            _fill(book, position, row_written, table_written)
        except BaseException:
            book.abandon()
            raise
        book.save(path)
    if lines_by_sheet(path) != book.lines:
        raise Refusal("The finished workbook does not hold every row that was written to it.")
    return book.rows


def rows_expected(position: Position) -> int:
    """How many rows the tables will have, but for Wording: what progress is measured by."""
    assignments = in_scope(position)
    excluded = assignments.exclude(exclusion="")
    parts = (assignments, excluded, attestations_until(position), messages_until(position))
    return sum(part.count() for part in parts)


def _fill(
    book: Book,
    position: Position,
    row_written: Callable[[], None],
    table_written: Callable[[], None],
) -> None:
    course, tally = course_at(position.campaign, position.seq), Tally()
    cover = book.reserve("Summary")
    for table in _tables(position, course, tally):
        book.add(table, row_written)
        table_written()
    checks = reconcile(position, course, tally)
    tables = dict(book.rows)
    book.fill(cover, summary(position, course, tally))
    book.fill(book.reserve("Integrity"), integrity(position, checks, tables, book.replaced))


def _tables(position: Position, course: Course, tally: Tally) -> tuple[Table, ...]:
    return (
        population(position, course, tally),
        attestations(position, tally),
        messages(position, tally),
        exclusions(position, tally),
        wording(position),
    )
