"""The sheet Exceptions: kind after kind, within a kind by person."""

from collections.abc import Iterator
from itertools import chain

from ledger.canonical import utc_text
from reports.datasets.checks import Check
from reports.datasets.course import Course
from reports.datasets.exceptions.answers import corrected, late, needing_help, other_assurance
from reports.datasets.exceptions.kinds import Exceptional, Found
from reports.datasets.exceptions.links import links
from reports.datasets.exceptions.mails import ended, sent_again
from reports.datasets.position import Position
from reports.datasets.pseudonyms import ASSIGNMENT
from reports.datasets.tables import Column, Kind, Row, Table
from reports.datasets.tally import Tally

COLUMNS = (
    Column("Last name", Kind.NAME, identifies=True),
    Column("First name", Kind.NAME, identifies=True),
    Column("Address", Kind.NAME, identifies=True),
    Column("Exception", Kind.WORD),
    Column("In words", Kind.PROSE),
    Column("Detail", Kind.PROSE),
    Column("Server answer or reason", Kind.PROSE, identifies=True),
    Column("At", Kind.TIME),
    Column("Ledger no.", Kind.COUNT),
    Column("Message", Kind.IDENTIFIER),
    ASSIGNMENT,
)


def exceptions(position: Position, course: Course, tally: Tally) -> Table:
    """One row for each exception up to the position."""
    return Table("Exceptions", COLUMNS, lambda: _rows(position, course, tally))


def exception_checks(tally: Tally) -> Iterator[Check]:
    """As many exceptions as the other sheets say that there must be."""
    states, replaced = tally.messages, tally.attestations - tally.standing.total()
    elsewhere = (
        (Exceptional.CORRECTED, replaced, "the sheet Attestations"),
        (Exceptional.NEED_HELP, tally.lost, "the sheet Population"),
        (Exceptional.UNDELIVERABLE, states["rejected"] + states["bounced"], "the sheet Messages"),
        (Exceptional.UNCERTAIN, states["uncertain"], "the sheet Messages"),
        (Exceptional.WRITTEN_OFF, states["written_off"], "the sheet Messages"),
    )
    for kind, expected, place in elsewhere:
        found = tally.exceptions[kind.value]
        yield Check(f"Exceptions: {kind.value}", found, "the sheet Exceptions", expected, place)


def _rows(position: Position, course: Course, tally: Tally) -> Iterator[Row]:
    for found in _found(position, course):
        tally.exceptions[found.kind.value] += 1
        yield (
            *found.person, found.kind.value, str(found.kind.label), found.detail, found.said,
            utc_text(found.at), found.seq, found.message, found.assignment,
        )  # fmt: skip


def _found(position: Position, course: Course) -> Iterator[Found]:
    return chain(
        late(position, course),
        corrected(position),
        needing_help(position),
        ended(position, Exceptional.UNDELIVERABLE),
        ended(position, Exceptional.UNCERTAIN),
        ended(position, Exceptional.WRITTEN_OFF),
        sent_again(position),
        links(position),
        other_assurance(position),
    )
