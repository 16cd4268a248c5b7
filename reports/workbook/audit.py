"""The audit's sheets in their order: into a workbook, or into anything else that takes sheets."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from django.utils import translation

from ledger.commands import Refusal
from reports.datasets.attestations import attestations, attestations_until
from reports.datasets.course import Course, course_at
from reports.datasets.exceptions.sheet import exceptions
from reports.datasets.integrity import integrity
from reports.datasets.messages import messages, messages_until
from reports.datasets.method import method
from reports.datasets.movements import movements, movers
from reports.datasets.population import exclusions, population
from reports.datasets.position import Position
from reports.datasets.pseudonyms import in_edition
from reports.datasets.reconciliation import reconcile
from reports.datasets.roll_forward import RollForward
from reports.datasets.samples import samples
from reports.datasets.scope import in_scope
from reports.datasets.summary import summary
from reports.datasets.tables import Sheet, Table
from reports.datasets.tally import Tally
from reports.datasets.wording import wording
from reports.workbook.book import LAST_LINE, Book
from reports.workbook.readback import lines_by_sheet


class Target(Protocol):
    """What takes sheets: a workbook, a folder of rows, or both in one pass over the database."""

    rows: dict[str, int]

    @property
    def replaced(self) -> int:
        """How many characters had to be written out."""

    def reserve(self, name: str) -> Any:
        """A place for a page that can be written only when the pages after it are known."""

    def fill(self, place: Any, content: Sheet) -> None:
        """Write a page of facts."""

    def add(self, table: Table, row_written: Callable[[], None]) -> None:
        """Write a table."""


@dataclass(frozen=True)
class Written:
    """What went by: rows of content by sheet, and the figures that reconciled."""

    rows: dict[str, int]
    tally: Tally


def audit_write(
    position: Position,
    path: Path,
    *,
    beside: Callable[[Target], Target] = lambda book: book,
    row_written: Callable[[], None] = lambda: None,
    table_written: Callable[[], None] = lambda: None,
    last_line: int = LAST_LINE,
) -> Written:
    """Write the workbook to `path`; `beside` may wrap the book in what takes the same rows.

    Raises Refusal when figures differ or the file does not hold what was written.
    """
    waiting = TemporaryDirectory(prefix=f"{path.stem}.", suffix=".partial", dir=path.parent)
    with waiting as folder:
        book = Book(Path(folder), title=position.campaign.name, at=position.at, last_line=last_line)
        try:
            written = audit_fill(
                beside(book), position, row_written=row_written, table_written=table_written
            )
        except BaseException:
            book.abandon()
            raise
        book.save(path)
    if lines_by_sheet(path) != book.lines:
        raise Refusal("The finished workbook does not hold every row that was written to it.")
    return written


def audit_fill(
    target: Target,
    position: Position,
    *,
    row_written: Callable[[], None] = lambda: None,
    table_written: Callable[[], None] = lambda: None,
) -> Written:
    """Write every sheet into `target`, reading each table once. Raises Refusal."""
    with translation.override("en"):  # the same bytes, whoever asks
        course, tally = course_at(position.campaign, position.seq), Tally()
        cover = target.reserve("Summary")
        target.fill(target.reserve("Method"), method(position))
        rolling = target.reserve("Roll-forward")
        before = dict(target.rows)
        for table in _tables(position, course, tally):
            target.add(in_edition(table, position), row_written)
            table_written()
        rolled = RollForward(position, course, tally)
        checks = reconcile(position, course, tally, rolled)
        tables = {name: rows for name, rows in target.rows.items() if name not in before}
        target.fill(cover, summary(position, course, tally))
        target.fill(rolling, rolled.sheet())
        proof = integrity(position, checks, tables, target.replaced)
        target.fill(target.reserve("Integrity"), proof)
    return Written(target.rows, tally)


def rows_expected(position: Position) -> int:
    """How many rows the tables will have, about: what progress is measured by."""
    assignments = in_scope(position)
    excluded, moved = assignments.exclude(exclusion=""), movers(position)
    parts = (assignments, excluded, moved, attestations_until(position), messages_until(position))
    return sum(part.count() for part in parts)


def _tables(position: Position, course: Course, tally: Tally) -> tuple[Table, ...]:
    return (
        movements(position, tally),
        population(position, course, tally),
        attestations(position, tally),
        messages(position, tally),
        exclusions(position, tally),
        exceptions(position, course, tally),
        samples(position),
        wording(position),
    )
