"""Samples: some assignments drawn at random, with everything that the record says about each."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from compliance.campaigns.models import Assignment
from compliance.campaigns.policy import step_name
from compliance.campaigns.withdrawn import Withdrawal
from compliance.reminders.models import Outcome
from ledger.canonical import utc_text
from reports.datasets.attestations import attestations_until
from reports.datasets.messages import messages_until
from reports.datasets.position import Position
from reports.datasets.pseudonyms import ASSIGNMENT
from reports.datasets.sampling import sampled
from reports.datasets.tables import Column, Kind, Row, Table

COLUMNS = (
    Column("Draw", Kind.COUNT),
    Column("Last name", Kind.NAME, identifies=True),
    Column("First name", Kind.NAME, identifies=True),
    Column("Address", Kind.NAME, identifies=True),
    Column("What", Kind.WORD),
    Column("Detail", Kind.PROSE),
    Column("Server answer or reason", Kind.PROSE, identifies=True),
    Column("At", Kind.TIME),
    Column("Ledger no.", Kind.COUNT),
    Column("Message", Kind.IDENTIFIER),
    ASSIGNMENT,
)

_AFTER_MAILS = 1 << 20  # a seal lists its planned messages first; steps are far below


@dataclass(frozen=True)
class Line:
    """One thing on record about somebody: in the order of the ledger, then as it came about."""

    seq: int
    order: int
    what: str
    detail: str
    at: datetime | None = None
    message: str | None = None
    said: str = ""


def samples(position: Position) -> Table:
    """A few rows for each drawn assignment: joined, mails and what became of them, answers."""
    return Table("Samples", COLUMNS, lambda: _rows(position), naming=4)


def _rows(position: Position) -> Iterator[Row]:
    drawn = sampled(position)
    people = Assignment.objects.in_bulk(drawn)
    record = _record(position, drawn)
    for number, id_ in enumerate(drawn, 1):
        person = people[id_]
        named = (person.last_name, person.first_name, person.email)
        for line in sorted([_scope_line(position, person), *record[id_]], key=_place):
            at = utc_text(line.at) if line.at else None
            yield (
                number, *named, line.what, line.detail, line.said, at, line.seq, line.message,
                str(id_),
            )  # fmt: skip


def _place(line: Line) -> tuple[int, int]:
    return line.seq, line.order


def _scope_line(position: Position, person: Assignment) -> Line:
    seq = person.joined_seq or int(position.campaign.launched_seq or 0)
    detail = f"not asked: {person.exclusion}" if person.exclusion else "asked"
    return Line(seq, 0, "joined" if person.joined_seq else "in scope", detail)


def _record(position: Position, drawn: list[UUID]) -> dict[UUID, list[Line]]:
    lines: defaultdict[UUID, list[Line]] = defaultdict(list)
    for id_, line in (
        *_mails(position, drawn),
        *_outcomes(position, drawn),
        *_answers(position, drawn),
        *_absences(position, drawn),
    ):
        lines[id_].append(line)
    return lines


def _mails(position: Position, drawn: list[UUID]) -> Iterator[tuple[UUID, Line]]:
    rows = messages_until(position).filter(assignment__in=drawn)
    columns = ("assignment_id", "seal__seq", "step", "planned_at", "id")
    for id_, seq, step, at, message in rows.values_list(*columns):
        yield id_, Line(seq, step, "mail owed", step_name(step), at, str(message))


def _outcomes(position: Position, drawn: list[UUID]) -> Iterator[tuple[UUID, Line]]:
    rows = Outcome.objects.filter(message__assignment__in=drawn, seal__seq__lte=position.seq)
    columns = (
        "message__assignment_id", "seal__seq", "id", "attempt", "state", "code", "at",
        "message_id", "answer",
    )  # fmt: skip
    for id_, seq, key, attempt, state, code, at, message, said in rows.values_list(*columns):
        tried = f"try {attempt}: " if attempt else ""
        detail = f"{tried}{state}{f' {code}' if code else ''}"
        yield id_, Line(seq, key + _AFTER_MAILS, "mail", detail, at, str(message), said)


def _answers(position: Position, drawn: list[UUID]) -> Iterator[tuple[UUID, Line]]:
    rows = attestations_until(position).filter(assignment__in=drawn)
    columns = ("assignment_id", "seq", "number", "answer", "language", "assurance", "at")
    for id_, seq, number, answer, language, assurance, at in rows.values_list(*columns):
        detail = f"no. {number}: {answer} (language {language}, link assurance {assurance})"
        yield id_, Line(seq, 0, "answer", detail, at)


def _absences(position: Position, drawn: list[UUID]) -> Iterator[tuple[UUID, Line]]:
    rows = Withdrawal.objects.filter(assignment__in=drawn, seq__lte=position.seq)
    for id_, reason, seq, until in rows.values_list("assignment_id", "reason", "seq", "until_seq"):
        yield id_, Line(seq, 0, "left", reason)
        if until is not None and until <= position.seq:
            yield id_, Line(until, 0, "came back", "asked again")
