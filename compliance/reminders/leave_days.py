"""How leave moves due dates: by its working days, where it falls into the time to answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.reminders.calendar import company_day, working_days_after, working_days_between
from compliance.reminders.models import Leave, LeaveQuerySet

# So many people's days are written at a time.
PEOPLE = 1_000
_LEAVE = tuple(f"employee__leaves__{name}" for name in ("starts_on", "ends_on", "seq"))


def due_dates_shift(
    campaign: Campaign,
    people: AssignmentQuerySet,
    leaves: LeaveQuerySet,
    *,
    since: date | None = None,
) -> None:
    """Give those `people` of `campaign` more time whom `leaves` take some of it; a stream.

    Days before `since` (the first one on which they could answer) count for nothing. The moves
    stand under the leave's own ledger entry. Belongs into a transaction.
    """
    for moves in _batches(due_moves(campaign, people, leaves, since=since)):
        due_moves_apply(moves)


def due_moves(
    campaign: Campaign,
    people: AssignmentQuerySet,
    leaves: LeaveQuerySet,
    *,
    since: date | None = None,
) -> Iterator[DueMove]:
    """How `leaves` move the due dates of these `people` of `campaign`, person by person."""
    rows = people.filter(campaign=campaign, employee__leaves__in=leaves)
    ordered = rows.order_by("pk", "employee__leaves__starts_on")
    stream = ordered.values_list("pk", "country", "due_on", *_LEAVE).iterator(chunk_size=PEOPLE)
    for _, own in groupby(stream, key=itemgetter(0)):
        yield from _moves_of(campaign, own, since or _first_day(campaign))


def due_on_at_launch(
    campaign: Campaign, country: str, leaves: Sequence[tuple[date, date]], *, now: datetime
) -> date:
    """The due date of somebody with `leaves` (first and last days), were it launched at `now`."""
    since = max(campaign.opens_on, company_day(now))
    rows = [(None, country, campaign.due_on, *leave, None) for leave in leaves]
    return max((move.after for move in _moves_of(campaign, rows, since)), default=campaign.due_on)


def due_moves_apply(moves: Iterable[DueMove]) -> None:
    """Write `moves`, in their order, and the due dates that they lead to."""
    moves = DueMove.objects.bulk_create(moves)
    last = {move.assignment_id: move.after for move in moves}
    for day, people in by_day(last).items():
        Assignment.objects.filter(pk__in=people).update(due_on=day)


def by_day(days: Mapping[UUID, date]) -> dict[date, list[UUID]]:
    """Who has which day."""
    people = defaultdict(list)
    for key, day in days.items():
        people[day].append(key)
    return people


def days_away(campaign: Campaign, country: str, leave: Leave, last: date) -> int:
    """The working days up to `last` that `leave` takes from the time to answer."""
    return working_days_between(country, max(leave.starts_on, _first_day(campaign)), last)


def _moves_of(
    campaign: Campaign, rows: Iterable[tuple[Any, ...]], since: date
) -> Iterator[DueMove]:
    """One person's moves, each leave after the one before it."""
    due_on = None
    for key, country, stored, starts_on, ends_on, seq in rows:
        before = due_on = due_on or stored
        if starts_on > before or ends_on < since:
            continue
        away = working_days_between(country, max(starts_on, since), ends_on)
        due_on = max(before, min(working_days_after(country, before, away), campaign.closes_on))
        if due_on != before:
            followed = before == campaign.due_on
            yield DueMove(
                assignment_id=key, seq=seq, before=before, after=due_on, followed=followed
            )


def _first_day(campaign: Campaign) -> date:
    """From when on people could answer."""
    launched = campaign.launched_at
    return max(campaign.opens_on, company_day(launched)) if launched else campaign.opens_on


def _batches(moves: Iterator[DueMove]) -> Iterator[list[DueMove]]:
    while batch := list(islice(moves, PEOPLE)):
        yield batch
