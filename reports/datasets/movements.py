"""Movements: everybody who stands elsewhere, or says something else, than at the last position."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)  # fmt: skip

from compliance.attestations.models import Attestation
from compliance.campaigns.models import Assignment, AssignmentQuerySet
from compliance.campaigns.withdrawn import Withdrawal
from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position
from reports.datasets.pseudonyms import ASSIGNMENT
from reports.datasets.scope import in_scope
from reports.datasets.standing import standing_at, status_of
from reports.datasets.tables import Column, Kind, Row, Table
from reports.datasets.tally import Status, Tally

COLUMNS = (
    Column("Last name", Kind.NAME, identifies=True),
    Column("First name", Kind.NAME, identifies=True),
    Column("Address", Kind.NAME, identifies=True),
    Column("Movement", Kind.WORD),
    Column("From", Kind.WORD),
    Column("To", Kind.WORD),
    Column("Answer before", Kind.WORD),
    Column("Answer now", Kind.WORD),
    Column("Reason", Kind.NAME),
    Column("Ledger no.", Kind.COUNT),
    ASSIGNMENT,
)
JOINED, ERASED, LEFT, BACK = "joined", "erased", "left", "came back"
ANSWERED, REOPENED, SAID = "answered", "reopened", "other answer"


def movements(position: Position, tally: Tally) -> Table:
    """One row for each person who moved since the last position, with the entry that moved them."""
    return Table("Movements", COLUMNS, lambda: _rows(position, tally))


def last_position(position: Position) -> Position:
    """Where the roll-forward begins: the options' position, but never before the launch."""
    launched = int(position.campaign.launched_seq or 0)
    return replace(position, seq=max(position.options.previous or launched, launched))


def opening(position: Position) -> Counter[Status]:
    """How many people stood where at the last position, counted by the database."""
    then = last_position(position)
    erased = Case(
        When(erased_seq__lte=then.seq, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    groups = standing_at(in_scope(then), then.seq).annotate(was_erased=erased)
    counts = groups.values_list("exclusion", "latest__answer", "gone__reason", "was_erased")
    stood: Counter[Status] = Counter()
    for exclusion, answer, left, gone, people in counts.annotate(people=Count("id")):
        stood[status_of(exclusion, answer, left, erased=gone)[0]] += people
    return stood


def movers(position: Position) -> AssignmentQuerySet:
    """Those about whom the ledger says something between the two positions."""
    window = (last_position(position).seq + 1, position.seq)
    mine = {"assignment": OuterRef("pk")}
    return in_scope(position).filter(
        Q(joined_seq__range=window)
        | Q(erased_seq__range=window)
        | Exists(Attestation.objects.filter(**mine, seq__range=window))
        | Exists(Withdrawal.objects.filter(**mine, seq__range=window))
        | Exists(Withdrawal.objects.filter(**mine, until_seq__range=window))
    )


@dataclass(frozen=True)
class _Mover:
    """One person at both positions."""

    id: UUID
    exclusion: str
    joined: int | None
    erased: int | None
    answer_then: str | None
    left_then: str | None
    answer: str | None
    answer_seq: int | None
    left: str | None
    left_seq: int | None
    back_seq: int | None

    def before(self, seq: int) -> Status | None:
        """Where they stood at event `seq`; None before they joined."""
        if self.joined is not None and self.joined > seq:
            return None
        return self._status(seq, self.answer_then, self.left_then)

    def after(self, seq: int) -> Status:
        """Where they stand at event `seq`."""
        return self._status(seq, self.answer, self.left)

    def movement(self, before: Status | None, after: Status) -> tuple[str, int | None]:
        """What happened, and the ledger entry of it."""
        if before is None:
            return JOINED, self.joined
        if before == after:
            return SAID, self.answer_seq
        moved = {
            Status.ERASED: (ERASED, self.erased),
            Status.LEFT: (LEFT, self.left_seq),
            Status.ANSWERED: (ANSWERED, self.answer_seq),
            Status.OPEN: (REOPENED, self.answer_seq),
        }
        return (BACK, self.back_seq) if _is_back(before, after) else moved[after]

    def _status(self, seq: int, answer: str | None, left: str | None) -> Status:
        erased = self.erased is not None and self.erased <= seq
        return status_of(self.exclusion, answer, left, erased=erased)[0]


def _is_back(before: Status, after: Status) -> bool:
    return before == Status.LEFT and after != Status.ERASED


def _rows(position: Position, tally: Tally) -> Iterator[Row]:
    then, now = last_position(position).seq, position.seq
    for last, first, email, *facts in _query(position).iterator(chunk_size=CHUNK):
        mover = _Mover(*facts)
        before, after = mover.before(then), mover.after(now)
        if before == after and mover.answer_then == mover.answer:
            continue  # gone and back again, say
        tally.moves[before, after] += 1
        what, seq = mover.movement(before, after)
        yield (
            last, first, email, what, before.value if before else None, after.value,
            mover.answer_then, mover.answer, mover.left if after == Status.LEFT else None,
            seq, str(mover.id),
        )  # fmt: skip


def _query(position: Position) -> QuerySet[Assignment, tuple[Any, ...]]:
    then = last_position(position).seq
    ended = Withdrawal.objects.filter(
        assignment=OuterRef("pk"), until_seq__gt=then, until_seq__lte=position.seq
    )
    back = ended.values("assignment").annotate(last=Max("until_seq")).values("last")
    both = standing_at(standing_at(movers(position), then, "_then"), position.seq, "_now")
    return both.order_by(*person_order(position)).values_list(
        "last_name", "first_name", "email", "id", "exclusion", "joined_seq", "erased_seq",
        "latest_then__answer", "gone_then__reason", "latest_now__answer", "latest_now__seq",
        "gone_now__reason", "gone_now__seq", Subquery(back),
    )  # fmt: skip
