"""Population and Exclusions: everybody in scope, once, and what became of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, FilteredRelation, Max, OuterRef, Q, QuerySet, Subquery

from compliance.answers import CLOSING
from compliance.attestations.models import Attestation
from compliance.campaigns.models import Assignment
from compliance.reminders.models import Outcome, State
from ledger.canonical import utc_text
from reports.datasets.course import Course
from reports.datasets.due_days import DueDays
from reports.datasets.ordering import CHUNK, Bytewise
from reports.datasets.position import Position
from reports.datasets.scope import in_scope
from reports.datasets.tables import Column, Kind, Row, Table
from reports.datasets.tally import Status, Tally

_ASSIGNMENT = Column("Assignment", Kind.IDENTIFIER)
_PERSON = (
    Column("Last name", Kind.NAME),
    Column("First name", Kind.NAME),
    Column("Address", Kind.NAME),
    Column("Employee no.", Kind.WORD),
    Column("Department", Kind.NAME),
    Column("Country", Kind.WORD),
    Column("Office", Kind.WORD),
    Column("Employment type", Kind.WORD),
    Column("Manager", Kind.NAME),
)
_PERSON_FIELDS = (
    "last_name", "first_name", "email", "external_id",
    "department", "country", "office", "employment_type", "manager_name",
)  # fmt: skip
# How the columns of the query follow each other: what was frozen, the due date, the rest.
_FROZEN, _DUE = len(_PERSON_FIELDS) + 4, 3
POPULATION_COLUMNS = (
    *_PERSON,
    Column("Language", Kind.WORD),
    Column("Joined later", Kind.COUNT),
    Column("Due", Kind.WORD),
    Column("Status", Kind.WORD),
    Column("Reason", Kind.NAME),
    Column("Answer", Kind.WORD),
    Column("Answered at", Kind.TIME),
    Column("Corrections", Kind.COUNT),
    Column("Ledger no.", Kind.COUNT),
    Column("Mails accepted", Kind.COUNT),
    Column("Last asked", Kind.TIME),
    Column("Mails undelivered", Kind.COUNT),
    Column("Link assurance", Kind.WORD),
    _ASSIGNMENT,
)
EXCLUSION_COLUMNS = (
    *_PERSON,
    Column("Reason", Kind.NAME),
    Column("Reason in words", Kind.PROSE),
    _ASSIGNMENT,
)


def population(position: Position, course: Course, tally: Tally) -> Table:
    """One row for each person in scope, frozen attributes, status and answer as of the position.

    “Joined later” is the ledger no. with which somebody joined after the launch.
    """
    due = DueDays(position, course)
    return Table("Population", POPULATION_COLUMNS, lambda: _population_rows(position, due, tally))


def exclusions(position: Position, tally: Tally) -> Table:
    """One row for each person in scope who was not asked, with the reason."""
    return Table("Exclusions", EXCLUSION_COLUMNS, lambda: _exclusion_rows(position, tally))


def _population_rows(position: Position, due: DueDays, tally: Tally) -> Iterator[Row]:
    assurance = position.campaign.assurance
    for row in _population_query(position, due).iterator(chunk_size=CHUNK):
        *person, language, joined, id_, exclusion = row[:_FROZEN]
        left, answer, at, number, seq, mails, last, failed = row[_FROZEN + _DUE :]
        day = due.day(*row[_FROZEN : _FROZEN + _DUE])
        status, reason = _status(exclusion, answer, left)
        tally.person(status, reason, answer=answer, withdrawn=bool(left), mails=mails or 0)
        tally.days(joined, own=due.own(day) and not exclusion)
        yield (
            *person, language, joined, None if exclusion else day.isoformat(),
            status.value, reason, answer, _time(at),
            number - 1 if number else None, seq,
            mails or 0, _time(last), failed or 0, assurance, str(id_),
        )  # fmt: skip


def _status(exclusion: str, answer: str | None, left: str | None) -> tuple[Status, str]:
    """Whoever gave a full answer has answered, also when they left the company afterwards."""
    if exclusion:
        return Status.EXCLUDED, exclusion
    if answer in CLOSING:
        return Status.ANSWERED, ""
    return (Status.LEFT, left) if left else (Status.OPEN, "")


def _time(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None


def _population_query(position: Position, due: DueDays) -> QuerySet[Assignment, tuple[Any, ...]]:
    seq = position.seq
    known = Q(attestations__seq__lte=seq)
    in_force = Q(withdrawals__seq__lte=seq) & (
        Q(withdrawals__until_seq=None) | Q(withdrawals__until_seq__gt=seq)
    )
    newer = Attestation.objects.filter(
        assignment=OuterRef("pk"), seq__lte=seq, number__gt=OuterRef("latest__number")
    )
    return (
        in_scope(position)
        .alias(
            latest=FilteredRelation("attestations", condition=known),
            gone=FilteredRelation("withdrawals", condition=in_force),
        )
        .filter(~Exists(newer))
        .order_by(Bytewise("sort_name"), "id")
        .values_list(
            *_PERSON_FIELDS, "language", "joined_seq", "id", "exclusion",
            *due.columns, "gone__reason",
            "latest__answer", "latest__at", "latest__number", "latest__seq",
            _mails(seq, Count("message"), State.ACCEPTED),
            _mails(seq, Max("at"), State.ACCEPTED),
            _mails(seq, Count("message"), State.REJECTED, State.BOUNCED),
        )
    )  # fmt: skip


def _mails(seq: int, figure: Count | Max, *states: State) -> Subquery:
    """A figure over one assignment's messages whose last sealed outcome is one of `states`."""
    sealed = Outcome.objects.filter(seal__seq__lte=seq)
    later = sealed.filter(message=OuterRef("message"), id__gt=OuterRef("id"))
    last = sealed.filter(~Exists(later), message__assignment=OuterRef("pk"), state__in=states)
    return Subquery(last.values("message__assignment").annotate(figure=figure).values("figure"))


def _exclusion_rows(position: Position, tally: Tally) -> Iterator[Row]:
    excluded = in_scope(position).exclude(exclusion="")
    ordered = excluded.order_by(Bytewise("sort_name"), "id")
    words = dict(Assignment._meta.get_field("exclusion").flatchoices)
    for row in ordered.values_list(*_PERSON_FIELDS, "id", "exclusion").iterator(chunk_size=CHUNK):
        *person, id_, reason = row
        tally.exclusions[reason] += 1
        yield (*person, reason, str(words.get(reason, reason)), str(id_))
