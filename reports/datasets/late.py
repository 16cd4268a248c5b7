"""Late answers: full ones that came after the day by which the person was asked to answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Exists, OuterRef, QuerySet

from compliance.answers import CLOSING
from compliance.attestations.models import Attestation
from reports.datasets.attestations import attestations_until
from reports.datasets.course import Course
from reports.datasets.due_days import DueDays
from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position

_PERSON = ("assignment__last_name", "assignment__first_name", "assignment__email")


@dataclass(frozen=True)
class Late:
    """One person's first full answer, and the day by which it was asked for."""

    person: tuple[str, ...]
    assignment: str
    at: datetime
    seq: int
    answer: str
    due: date
    days: int


def late_answers(position: Position, course: Course) -> Iterator[Late]:
    """Everybody's first full answer that was late, people in order.

    A day ends at midnight where the person is; the export's time zone holds for those whose own is
    not on record.
    """
    due = DueDays(position, course, prefix="assignment__")
    for row in _query(position, course, due).iterator(chunk_size=CHUNK):
        *person, assignment, zone, at, seq, answer = row[:8]
        day = due.day(*row[8:])
        local = at.astimezone(_zone(zone, position.options.time_zone)).date()
        if local > day:
            yield Late(tuple(person), str(assignment), at, seq, answer, day, (local - day).days)


def _query(
    position: Position, course: Course, due: DueDays
) -> QuerySet[Attestation, tuple[Any, ...]]:
    # Of the erased neither their own due dates nor their time zones are known any more.
    known = attestations_until(position).filter(assignment__erased_number=None)
    full = known.filter(answer__in=CLOSING)
    earlier = full.filter(assignment=OuterRef("assignment"), number__lt=OuterRef("number"))
    # Due dates only ever move on, and nobody is more than 14 hours ahead of UTC.
    launched_due = date.fromisoformat(course.launch.data["due_on"])
    first_end = datetime.combine(launched_due, time(10), UTC)
    return (
        full.filter(~Exists(earlier), at__gte=first_end)
        .order_by(*person_order(position, "assignment__"))
        .values_list(
            *_PERSON, "assignment_id", "assignment__time_zone", "at", "seq", "answer", *due.columns
        )
    )


@lru_cache(maxsize=700)
def _zone(name: str, otherwise: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or otherwise)
    except (ZoneInfoNotFoundError, ValueError):  # a name that the database of zones has dropped
        return ZoneInfo(otherwise)
