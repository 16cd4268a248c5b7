"""Quarters, months and weeks: no day is in two of them, none is in none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.quarters.periods import (
    Every,
    last_closed,
    month_of,
    period_of,
    quarter_of,
    quarters_between,
    week_of,
    year_of,
)

DAYS = st.dates(date(1990, 1, 1), date(2190, 12, 31))
MONTHS = st.integers(1, 12)
KINDS = st.sampled_from(list(Every))
DAY = timedelta(days=1)


@given(every=KINDS, day=DAYS, first_month=MONTHS)
def test_every_day_is_in_the_one_period_that_it_gives(
    every: str, day: date, first_month: int
) -> None:
    period = period_of(every, day, first_month)
    assert period.first <= day <= period.last
    assert period == period_of(every, period.first, first_month)
    assert period == period_of(every, period.last, first_month)


@given(every=KINDS, day=DAYS, first_month=MONTHS)
def test_periods_meet_without_gap_or_overlap(every: str, day: date, first_month: int) -> None:
    period = period_of(every, day, first_month)
    assert period_of(every, period.next_day, first_month).first == period.last + DAY
    assert last_closed(every, period.next_day, first_month) == period
    assert last_closed(every, day, first_month).next_day == period.first


@given(day=DAYS, first_month=MONTHS)
def test_a_quarter_is_three_whole_months_and_four_make_a_year(day: date, first_month: int) -> None:
    quarter = quarter_of(day, first_month)
    assert quarter.first.day == quarter.next_day.day == 1
    assert (quarter.next_day.month - quarter.first.month) % 12 == 3
    assert (quarter.first.month - first_month) % 3 == 0
    begins = date(year_of(day, first_month), first_month, 1)
    four = quarters_between(begins, begins + timedelta(days=360), first_month)
    assert len(four) == 4
    assert quarter in four
    assert [each.name[:2] for each in four] == ["Q1", "Q2", "Q3", "Q4"]
    assert len({each.name[3:] for each in four}) == 1


@pytest.mark.parametrize(
    ("day", "first_month", "name", "first", "last"),
    [
        (date(2026, 12, 31), 1, "Q4 2026", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), 1, "Q1 2027", date(2027, 1, 1), date(2027, 3, 31)),
        (date(2026, 3, 31), 4, "Q4 2025/26", date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), 4, "Q1 2026/27", date(2026, 4, 1), date(2026, 6, 30)),
        (date(2028, 2, 29), 12, "Q1 2027/28", date(2027, 12, 1), date(2028, 2, 29)),
        (date(2099, 11, 30), 10, "Q1 2099/00", date(2099, 10, 1), date(2099, 12, 31)),
    ],
)
def test_quarters_as_people_call_them(
    day: date, first_month: int, name: str, first: date, last: date
) -> None:
    quarter = quarter_of(day, first_month)
    assert (quarter.name, quarter.first, quarter.last) == (name, first, last)


def test_months_and_weeks_as_people_call_them() -> None:
    assert month_of(date(2026, 12, 5)).name == "December 2026"
    assert month_of(date(2028, 2, 5)).last == date(2028, 2, 29)
    assert week_of(date(2027, 1, 3)).name == "week 53 of 2026"
    assert week_of(date(2027, 1, 4)).first == date(2027, 1, 4)
