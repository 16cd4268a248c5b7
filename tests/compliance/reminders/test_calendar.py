from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.reminders.calendar import (
    next_working_day,
    reminder_cutoff,
    reminder_due,
    resting_countries,
    window_open,
    working_day,
)

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (20, 21, 22, 23))


def test_people_rest_on_their_own_weekend() -> None:
    assert not working_day("DE", SUNDAY)
    assert working_day("SA", SUNDAY)
    assert not working_day("SA", FRIDAY)


def test_people_rest_on_their_own_holidays() -> None:
    assert not working_day("DE", date(2026, 12, 25))
    assert working_day("TR", date(2026, 12, 25))


def test_somebody_in_a_country_without_a_known_calendar_rests_on_weekends() -> None:
    assert [working_day("IC", day) for day in (FRIDAY, SATURDAY, MONDAY)] == [True, False, True]


def test_an_unknown_country_counts_as_the_companys(settings: Settings) -> None:
    settings.COMPANY_COUNTRY = "SA"
    assert not working_day("", FRIDAY)
    assert "" in resting_countries(FRIDAY)


def test_resting_countries_are_those_that_do_not_work() -> None:
    assert {"JP", "AR"} <= resting_countries(MONDAY)  # Labour Thanksgiving Day, Sovereignty Day
    assert "DE" not in resting_countries(MONDAY)


def test_reminders_count_working_days_after_the_invitation() -> None:
    assert reminder_due("DE", FRIDAY, 1) == MONDAY
    assert reminder_due("DE", date(2026, 12, 23), 2) == date(2026, 12, 28)
    assert next_working_day("DE", date(2026, 12, 25)) == date(2026, 12, 28)


@pytest.mark.parametrize(("hour", "is_open"), [(7, False), (8, True), (17, True), (18, False)])
def test_mails_leave_from_eight_to_six_company_time(
    settings: Settings, hour: int, is_open: bool
) -> None:
    settings.TIME_ZONE = "UTC"
    assert window_open(datetime(2026, 11, 23, hour, 0, tzinfo=UTC)) is is_open


@given(
    country=st.sampled_from(["DE", "US", "SA", "IL", "TR", "JP", "IC", "IR"]),
    invited=st.dates(date(2026, 1, 1), date(2027, 12, 1)),
    offset=st.integers(1, 15),
    later=st.integers(0, 40),
)
def test_the_cutoff_turns_the_due_day_round(
    country: str, invited: date, offset: int, later: int
) -> None:
    """What the planner asks of SQL (invited on or before the cutoff) is what the calendar says."""
    today = date.fromordinal(invited.toordinal() + later)
    is_due = reminder_due(country, invited, offset) <= today
    assert (invited <= reminder_cutoff(country, today, offset)) is is_due
