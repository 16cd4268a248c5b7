"""What Summary draws: people by status, answers by code, answers by week."""

from collections.abc import Iterator
from datetime import timedelta

from compliance.answers import ANSWERS
from reports.datasets.tables import Chart, Fact, Section
from reports.datasets.tally import Status, Tally

PEOPLE, ANSWERED, BY_WEEK = "Who was asked", "What they said", "Answers by week"


def weeks(tally: Tally) -> Section:
    """Answers recorded in each week, corrections included, from the first one to the last."""
    return Section(BY_WEEK, tuple(_weeks(tally)))


def pictures(people: Section, by_week: Section) -> tuple[Chart, ...]:
    """The charts of Summary; none of what did not happen yet."""
    statuses = tuple(fact.label for fact in people.facts if _status(fact) in set(Status))
    drawn = (
        Chart("People by status", PEOPLE, statuses),
        Chart("Answers", ANSWERED, tuple(ANSWERS)),
        Chart(BY_WEEK, BY_WEEK, tuple(fact.label for fact in by_week.facts), standing=True),
    )
    return tuple(chart for chart in drawn if chart.labels)


def _weeks(tally: Tally) -> Iterator[Fact]:
    if not tally.weeks:
        return
    day, last = min(tally.weeks), max(tally.weeks)
    while day <= last:
        yield Fact(day.isoformat(), tally.weeks[day], "The week from this Monday, in UTC.")
        day += timedelta(weeks=1)


def _status(fact: Fact) -> str:
    return fact.label.partition(":")[0].lower()
