"""Quarters, months and weeks: whole days, by the company's calendar; all pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models

MONTHS, QUARTERS = 12, 4
_IN_A_QUARTER = MONTHS // QUARTERS
_DAY = timedelta(days=1)


class Every(models.TextChoices):
    """How long a period is."""

    QUARTER = "quarter", "Every quarter"
    MONTH = "month", "Every month"
    WEEK = "week", "Every week"


@dataclass(frozen=True, order=True)
class Period:
    """The days from `first` to `last`, both included, and how people call them."""

    first: date
    last: date
    name: str

    @property
    def next_day(self) -> date:
        """The day with whose beginning the period is over."""
        return self.last + _DAY


def period_of(every: str, day: date, first_month: int) -> Period:
    """The quarter, month or week that `day` is in; years begin with `first_month`."""
    if every == Every.QUARTER:
        return quarter_of(day, first_month)
    return month_of(day) if every == Every.MONTH else week_of(day)


def quarter_of(day: date, first_month: int) -> Period:
    """The quarter that `day` is in, in a company whose year begins with `first_month` (1 to 12)."""
    number = (day.month - first_month) % MONTHS // _IN_A_QUARTER
    year = day.year - (day.month < first_month)
    first = _month(year, first_month + number * _IN_A_QUARTER)
    after = _month(year, first_month + (number + 1) * _IN_A_QUARTER)
    return Period(first, after - _DAY, f"Q{number + 1} {year_name(year, first_month)}")


def month_of(day: date) -> Period:
    """The calendar month that `day` is in."""
    first = day.replace(day=1)
    return Period(first, _month(day.year, day.month + 1) - _DAY, f"{first:%B} {first.year}")


def week_of(day: date) -> Period:
    """The week that `day` is in, from Monday to Sunday; numbered as ISO 8601 says."""
    first = day - timedelta(days=day.weekday())
    year, number, _ = first.isocalendar()
    return Period(first, first + timedelta(days=6), f"week {number} of {year}")


def last_closed(every: str, today: date, first_month: int) -> Period:
    """The last period that is over on `today`."""
    return period_of(every, period_of(every, today, first_month).first - _DAY, first_month)


def quarters_between(first: date, last: date, first_month: int) -> list[Period]:
    """The quarters from that of `first` to that of `last`, in order."""
    quarters = []
    while first <= last:
        quarters.append(quarter_of(first, first_month))
        first = quarters[-1].next_day
    return quarters


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    after = _month(day.year, day.month + months + 1) - _DAY
    return after.replace(day=min(day.day, after.day))


def year_name(year: int, first_month: int) -> str:
    """The business year that begins in `year`: 2026, or 2026/27 where it spans two."""
    return str(year) if first_month == 1 else f"{year}/{(year + 1) % 100:02d}"


def year_of(day: date, first_month: int) -> int:
    """The year in which the business year of `day` began."""
    return day.year - (day.month < first_month)


def _month(year: int, month: int) -> date:
    """The first day of a month counted on from January of `year`."""
    return date(year + (month - 1) // MONTHS, (month - 1) % MONTHS + 1, 1)
