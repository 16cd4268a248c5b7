"""What the page Quarters shows: one business year, quarter by quarter."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from compliance.reminders.calendar import company_day
from reports.quarters.models import Closing, QuarterRule, Run
from reports.quarters.periods import (
    MONTHS,
    Every,
    Period,
    months_after,
    quarters_between,
    year_name,
    year_of,
)


@dataclass(frozen=True)
class Quarter:
    """One quarter, and what was made of it."""

    period: Period
    closing: Closing | None
    runs: list[Run]
    rule: QuarterRule
    today: date

    @property
    def over(self) -> bool:
        """Whether its last day is past."""
        return self.period.last < self.today

    @property
    def kept_until(self) -> date:
        """The last day on which its files are kept."""
        return months_after(self.period.last, self.rule.keep_years * MONTHS)

    @property
    def current(self) -> bool:
        """Whether it is today's."""
        return self.period.first <= self.today <= self.period.last


@dataclass(frozen=True)
class Year:
    """A business year."""

    name: str
    quarters: list[Quarter]  # the latest first
    before: date
    after: date | None


def business_year(day: date, *, rule: QuarterRule, now: datetime) -> Year:
    """The business year of `day`, one statement for each closed quarter."""
    today, first_month = company_day(now), rule.first_month
    begins = date(year_of(day, first_month), first_month, 1)
    after = months_after(begins, MONTHS)
    closings = _closings(begins, after)
    periods = _periods(begins, after, closings, rule)
    return Year(
        name=year_name(begins.year, first_month),
        quarters=[_quarter(period, closings, rule, today) for period in periods],
        before=begins - timedelta(days=1),
        after=after if after <= today else None,
    )


def _closings(begins: date, after: date) -> list[Closing]:
    closed = Closing.objects.filter(every=Every.QUARTER, last__gte=begins, last__lt=after)
    return list(closed.order_by("last"))


def _periods(begins: date, after: date, closings: list[Closing], rule: QuarterRule) -> list[Period]:
    """Those of today's rule, and those that were closed under another one."""
    of_the_rule = quarters_between(begins, after - timedelta(days=1), rule.first_month)
    closed = {each.last: Period(each.first, each.last, each.name) for each in closings}
    open_ones = {each.last: each for each in of_the_rule if each.last not in closed}
    return sorted(
        [*closed.values(), *open_ones.values()], key=lambda period: period.last, reverse=True
    )


def _quarter(period: Period, closings: list[Closing], rule: QuarterRule, today: date) -> Quarter:
    closing = next((each for each in closings if each.last == period.last), None)
    runs = list(closing.runs.filter(standing=None).with_all()) if closing else []
    return Quarter(period, closing, runs, rule, today)
