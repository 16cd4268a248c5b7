"""By when each person is asked to answer: moved with the campaign, known at every position."""

from datetime import date, timedelta

from django.db.models import Case, DateField, F, QuerySet, Value, When

from accounts.sets import insert_select, rows_lock
from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment, Campaign

_FIELDS = ("assignment", "before", "after", "followed")


def due_dates_move(*, campaign: Campaign, days: int) -> None:
    """Move everyone's due date by `days` (calendar days), for nobody past the last day.

    `campaign` has its new days already, saved or not. Belongs before the decision's ledger entry,
    whose position `due_moves_record` writes down afterwards. Whoever has answered or left is moved
    too, so that whoever is asked again has the same days as everyone else.
    """
    if not days:
        return
    people = Assignment.objects.filter(campaign=campaign).order_by()
    rows_lock(people)
    before = campaign.due_on - timedelta(days=days)
    moved = _moved(people, days, campaign.closes_on) | {before: campaign.due_on}
    cases = [When(due_on=day, then=Value(then)) for day, then in moved.items()]
    after = Case(*cases, default=F("due_on"), output_field=DateField())
    due_moves_insert(people.exclude(due_on=before), after)
    people.update(due_on=after)


def due_date_moved(day: date, days: int, last: date) -> date:
    """A due date of somebody's own, `days` later but not past the `last` day."""
    return max(day, min(day + timedelta(days=days), last))


def due_moves_insert(people: "QuerySet[Assignment]", after: Case) -> int:
    """Note that the due dates of `people`, who had one of their own, become `after`."""
    rows = people.values_list("pk", "due_on", after, Value(value=False))
    return insert_select(DueMove, _FIELDS, rows)


def due_moves_record(*, seq: int) -> None:
    """Write down which ledger entry moved the due dates; in the same transaction."""
    DueMove.objects.filter(seq=None).update(seq=seq)


def _moved(people: "QuerySet[Assignment]", days: int, last: date) -> dict[date, date]:
    """Each due date that people have, and what it becomes: there are few, however many people."""
    present = people.values_list("due_on", flat=True).distinct()
    return {day: due_date_moved(day, days, last) for day in present}
