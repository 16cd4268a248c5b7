"""The shapes in which datasets hand out what they hold: tables, and sections of single facts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

Value = str | int | date | None
Row = tuple[Value, ...]


class Kind(Enum):
    """What a column holds; identifiers, times and hashes are text and stay so."""

    WORD = "word"
    NAME = "name"
    PROSE = "prose"
    IDENTIFIER = "identifier"
    TIME = "time"
    HASH = "hash"
    COUNT = "count"


@dataclass(frozen=True)
class Column:
    """One column's heading and what stands below it.

    `identifies`: it names a person, or may; the pseudonymous edition leaves it out.
    """

    title: str
    kind: Kind
    identifies: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under headings; calling `rows` starts a new stream from the database.

    The first `naming` columns say whom a row is about.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Row]]
    naming: int = 2


@dataclass(frozen=True)
class Fact:
    """One line of a section: what it is, its value, and a remark."""

    label: str
    value: Value
    note: str = ""


@dataclass(frozen=True)
class Section:
    """Facts under one heading."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Chart:
    """Figures of one section, drawn: the facts with these labels, which follow each other there.

    Lying bars have room for long labels; standing ones show how time goes by.
    """

    title: str
    section: str
    labels: tuple[str, ...]
    standing: bool = False


@dataclass(frozen=True)
class Sheet:
    """A page of sections with a title: Summary, Integrity; at most three charts stand above."""

    name: str
    title: str
    lead: str
    sections: tuple[Section, ...]
    charts: tuple[Chart, ...] = ()
