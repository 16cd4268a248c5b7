"""Population and Exclusions: everybody in scope, once, and what became of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery

from compliance.campaigns.models import Assignment
from compliance.reminders.models import Outcome, State
from ledger.canonical import utc_text
from reports.datasets.course import Course
from reports.datasets.due_days import DueDays
from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position
from reports.datasets.pseudonyms import ASSIGNMENT
from reports.datasets.scope import in_scope
from reports.datasets.standing import standing_at, status_of
from reports.datasets.tables import Column, Kind, Row, Table
from reports.datasets.tally import Status, Tally

_PERSON = (
    Column("Last name", Kind.NAME, identifies=True),
    Column("First name", Kind.NAME, identifies=True),
    Column("Address", Kind.NAME, identifies=True),
    Column("Employee no.", Kind.WORD, identifies=True),
    Column("Department", Kind.NAME),
    Column("Country", Kind.WORD),
    Column("Office", Kind.WORD),
    Column("Employment type", Kind.WORD),
    Column("Manager", Kind.NAME, identifies=True),
)
_PERSON_FIELDS = (
    "last_name", "first_name", "email", "external_id",
    "department", "country", "office", "employment_type", "manager_name",
)  # fmt: skip
# How the columns of the query follow each other: what was frozen, the due date, the rest.
_FROZEN, _DUE = len(_PERSON_FIELDS) + 5, 3
POPULATION_COLUMNS = (
    *_PERSON,
    Column("Language", Kind.WORD),
    Column("Joined later", Kind.COUNT),
    Column("Due", Kind.WORD),
    Column("Status", Kind.WORD),
    Column("Reason", Kind.NAME),
    Column("Gone with", Kind.COUNT),
    Column("Answer", Kind.WORD),
    Column("Answered at", Kind.TIME),
    Column("Corrections", Kind.COUNT),
    Column("Ledger no.", Kind.COUNT),
    Column("Mails accepted", Kind.COUNT),
    Column("Last asked", Kind.TIME),
    Column("Mails undelivered", Kind.COUNT),
    Column("Link assurance", Kind.WORD),
    ASSIGNMENT,
)
EXCLUSION_COLUMNS = (
    *_PERSON,
    Column("Reason", Kind.NAME),
    Column("Reason in words", Kind.PROSE),
    ASSIGNMENT,
)


def population(position: Position, course: Course, tally: Tally) -> Table:
    """One row for each person in scope, frozen attributes, status and answer as of the position.

    “Joined later” is the ledger no. with which somebody joined after the launch, “Gone with” that
    with which they left or were erased.
    """
    due = DueDays(position, course)
    return Table("Population", POPULATION_COLUMNS, lambda: _population_rows(position, due, tally))


def exclusions(position: Position, tally: Tally) -> Table:
    """One row for each person in scope who was not asked, with the reason."""
    return Table("Exclusions", EXCLUSION_COLUMNS, lambda: _exclusion_rows(position, tally))


def _population_rows(position: Position, due: DueDays, tally: Tally) -> Iterator[Row]:
    assurance = position.campaign.assurance
    for row in _population_query(position, due).iterator(chunk_size=CHUNK):
        *person, language, joined, id_, exclusion, erased = row[:_FROZEN]
        left, left_seq, answer, at, number, seq, shown, mails, last, failed = row[_FROZEN + _DUE :]
        day = due.day(*row[_FROZEN : _FROZEN + _DUE])
        gone = erased is not None and erased <= position.seq
        status, reason = status_of(exclusion, answer, left, erased=gone)
        tally.person(status, reason, answer=answer, withdrawn=bool(left), mails=mails or 0)
        tally.frozen(joined, exclusion, own_day=due.own(day) and not exclusion)
        yield (
            *person, language, joined, None if exclusion else day.isoformat(),
            status.value, reason, {Status.LEFT: left_seq, Status.ERASED: erased}.get(status),
            answer, _time(at),
            number - 1 if number else None, seq,
            mails or 0, _time(last), failed or 0, shown or assurance, str(id_),
        )  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None


def _population_query(position: Position, due: DueDays) -> QuerySet[Assignment, tuple[Any, ...]]:
    seq = position.seq
    return (
        standing_at(in_scope(position), seq)
        .order_by(*person_order(position))
        .values_list(
            *_PERSON_FIELDS, "language", "joined_seq", "id", "exclusion", "erased_seq",
            *due.columns, "gone__reason", "gone__seq",
            "latest__answer", "latest__at", "latest__number", "latest__seq", "latest__assurance",
            _mails(seq, Count("message"), State.ACCEPTED),
            _mails(seq, Max("at"), State.ACCEPTED),
            _mails(seq, Count("message"), State.REJECTED, State.BOUNCED),
        )
    )  # fmt: skip


def _mails(seq: int, figure: Count | Max, *states: State) -> Subquery:
    """A figure over one assignment's messages whose last sealed outcome is one of `states`."""
    sealed = Outcome.objects.sealed_until(seq)
    later = sealed.filter(message=OuterRef("message"), id__gt=OuterRef("id"))
    last = sealed.filter(~Exists(later), message__assignment=OuterRef("pk"), state__in=states)
    return Subquery(last.values("message__assignment").annotate(figure=figure).values("figure"))


def _exclusion_rows(position: Position, tally: Tally) -> Iterator[Row]:
    excluded = in_scope(position).exclude(exclusion="")
    ordered = excluded.order_by(*person_order(position))
    words = dict(Assignment._meta.get_field("exclusion").flatchoices)
    for row in ordered.values_list(*_PERSON_FIELDS, "id", "exclusion").iterator(chunk_size=CHUNK):
        *person, id_, reason = row
        tally.exclusions[reason] += 1
        yield (*person, reason, str(words.get(reason, reason)), str(id_))
