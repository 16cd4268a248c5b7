"""Messages: every mail that was owed, and what became of it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from compliance.campaigns.policy import step_name
from compliance.reminders.models import Message, Outcome, Seal, State
from ledger.canonical import utc_text
from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position
from reports.datasets.pseudonyms import ASSIGNMENT
from reports.datasets.scope import limits
from reports.datasets.tables import Column, Kind, Row, Table
from reports.datasets.tally import Tally

COLUMNS = (
    Column("Last name", Kind.NAME, identifies=True),
    Column("First name", Kind.NAME, identifies=True),
    Column("Mail", Kind.WORD),
    Column("State", Kind.WORD),
    Column("State in words", Kind.NAME),
    Column("Planned at", Kind.TIME),
    Column("State since", Kind.TIME),
    Column("Tries", Kind.COUNT),
    Column("Recipient", Kind.NAME, identifies=True),
    Column("Server code", Kind.COUNT),
    Column("Server answer or reason", Kind.PROSE, identifies=True),
    Column("Message", Kind.IDENTIFIER),
    ASSIGNMENT,
)
_STATE = 3  # the column of the state's code


def messages(position: Position, tally: Tally) -> Table:
    """One row for each message sealed up to the position, with its last sealed outcome."""
    return Table("Messages", COLUMNS, lambda: _rows(position, tally))


def messages_until(position: Position) -> QuerySet[Message]:
    """The messages whose planning was sealed up to the position, of everyone who is shown."""
    rows = Message.objects.filter(
        assignment__campaign=position.campaign, seal__seq__lte=position.seq
    )
    return rows.filter(**limits(position, "assignment__"))


def seals_until(position: Position) -> QuerySet[Seal]:
    """The seals up to the position that cover one of the campaign's messages or outcomes."""
    messages = Message.objects.filter(assignment__campaign=position.campaign, seal=OuterRef("pk"))
    outcomes = Outcome.objects.filter(
        message__assignment__campaign=position.campaign, seal=OuterRef("pk")
    )
    seals = Seal.objects.filter(seq__lte=position.seq).order_by("seq")
    return seals.filter(Exists(messages) | Exists(outcomes))


def _rows(position: Position, tally: Tally) -> Iterator[Row]:
    rows = _query(position).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        outcomes = Outcome.objects.in_bulk([latest for *_, latest in chunk if latest])
        for *message, latest in chunk:
            row = _row(message, outcomes.get(latest))
            tally.messages[row[_STATE]] += 1
            yield tuple(row)


def _row(message: list[Any], outcome: Outcome | None) -> list[Any]:
    """Until an outcome is sealed, the record knows no more than that the message is owed."""
    id_, assignment, last, first, step, planned, tries = message
    state = State(outcome.state if outcome else State.PENDING)
    at, recipient = (outcome.at, outcome.recipient) if outcome else (planned, "")
    code, answer = (outcome.code or None, outcome.answer) if outcome else (None, "")
    return [
        last, first, step_name(step), state.value, str(state.label), utc_text(planned),
        utc_text(at),
        tries or 0, recipient, code, answer, str(id_), str(assignment),
    ]  # fmt: skip


def _query(position: Position) -> QuerySet[Message, tuple[Any, ...]]:
    known = Outcome.objects.sealed_until(position.seq).filter(message=OuterRef("pk"))
    tries = known.values("message").annotate(tries=Max("attempt")).values("tries")
    return (
        messages_until(position)
        .order_by(*person_order(position, "assignment__"), "step")
        .values_list(
            "id", "assignment_id", "assignment__last_name", "assignment__first_name", "step",
            "planned_at", Subquery(tries), Subquery(known.order_by("-id").values("id")[:1]),
        )
    )  # fmt: skip
