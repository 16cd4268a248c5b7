"""Exceptions about answers: late, corrected, in need of help, at another assurance."""

from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from compliance.answers import NEED_HELP
from compliance.attestations.models import Attestation
from reports.datasets.attestations import attestations_until
from reports.datasets.course import Course
from reports.datasets.exceptions.kinds import Exceptional, Found
from reports.datasets.late import late_answers
from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position
from reports.datasets.scope import in_scope
from reports.datasets.standing import standing_at

_PERSON = ("last_name", "first_name", "email")
_COLUMNS = (*(f"assignment__{name}" for name in _PERSON), "assignment_id", "at", "seq")


def late(position: Position, course: Course) -> Iterator[Found]:
    """Those whose first full answer came after their own day."""
    for each in late_answers(position, course):
        days = f"{each.days} day{'' if each.days == 1 else 's'} after {each.due.isoformat()}"
        yield Found(
            Exceptional.LATE, each.person, each.assignment, each.at, each.seq,
            f"{each.answer}, {days}",
        )  # fmt: skip


def corrected(position: Position) -> Iterator[Found]:
    """Each answer that replaced an earlier one."""
    before = Attestation.objects.filter(
        assignment=OuterRef("assignment"), number__lt=OuterRef("number")
    )
    replaced = Subquery(before.order_by("-number").values("answer")[:1])
    rows = attestations_until(position).filter(number__gt=1)
    for *facts, answer, earlier in _stream(position, rows, "answer", replaced):
        yield _found(Exceptional.CORRECTED, facts, f"{earlier} → {answer}")


def other_assurance(position: Position) -> Iterator[Found]:
    """Answers given at another level than the campaign asks for."""
    wanted = position.campaign.assurance
    rows = attestations_until(position).exclude(assurance=wanted)
    for *facts, level in _stream(position, rows, "assurance"):
        yield _found(Exceptional.ASSURANCE, facts, f"{level} instead of {wanted}")


def needing_help(position: Position) -> Iterator[Found]:
    """Those who could not find the setting and still are asked."""
    asked = in_scope(position).filter(exclusion="")
    open_ = standing_at(asked, position.seq, latest__answer=NEED_HELP, gone__id=None)
    known = open_.exclude(erased_seq__lte=position.seq)
    rows = known.order_by(*person_order(position)).values_list(
        *_PERSON, "id", "latest__at", "latest__seq"
    )
    for facts in rows.iterator(chunk_size=CHUNK):
        yield _found(Exceptional.NEED_HELP, list(facts), NEED_HELP)


def _stream(
    position: Position, rows: QuerySet[Attestation], *more: str | Subquery
) -> Iterator[tuple[Any, ...]]:
    ordered = rows.order_by(*person_order(position, "assignment__"), "number")
    return ordered.values_list(*_COLUMNS, *more).iterator(chunk_size=CHUNK)


def _found(kind: Exceptional, facts: list[Any], detail: str) -> Found:
    *person, assignment, at, seq = facts
    return Found(kind, tuple(person), str(assignment), at, seq, detail)
