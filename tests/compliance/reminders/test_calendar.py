from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.reminders.calendar import (
    day_hours,
    hours_next,
    hours_now,
    local_day,
    working_day,
    working_days_after,
    working_days_before,
    working_days_between,
)

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (20, 21, 22, 23))
COUNTRIES = st.sampled_from(["DE", "US", "SA", "IL", "TR", "JP", "IC", "IR", "NP"])
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/St_Johns", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Cairo", ""]
)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 1))


def test_people_rest_on_their_own_weekend() -> None:
    assert not working_day("DE", SUNDAY)
    assert working_day("SA", SUNDAY)
    assert not working_day("SA", FRIDAY)


def test_people_rest_on_their_own_holidays() -> None:
    assert not working_day("DE", date(2026, 12, 25))
    assert working_day("TR", date(2026, 12, 25))
    assert not working_day("JP", MONDAY)  # Labour Thanksgiving Day


def test_somebody_in_a_country_without_a_known_calendar_rests_on_weekends() -> None:
    assert [working_day("IC", day) for day in (FRIDAY, SATURDAY, MONDAY)] == [True, False, True]


def test_an_unknown_country_counts_as_the_companys(settings: Settings) -> None:
    settings.COMPANY_COUNTRY = "SA"
    assert not working_day("", FRIDAY)


def test_working_days_are_counted_over_weekends_and_holidays() -> None:
    assert working_days_after("DE", FRIDAY, 1) == MONDAY
    assert working_days_after("DE", date(2026, 12, 23), 2) == date(2026, 12, 28)
    assert working_days_after("DE", SATURDAY, 0) == SATURDAY
    assert working_days_before("DE", MONDAY, 1) == FRIDAY
    assert working_days_before("DE", SUNDAY, 0) == FRIDAY
    assert working_days_between("DE", FRIDAY, MONDAY) == 2


@given(country=COUNTRIES, day=DAYS, number=st.integers(0, 15))
def test_so_many_days_later_so_many_working_days_lie_between(
    country: str, day: date, number: int
) -> None:
    later = working_days_after(country, day, number)
    assert working_days_between(country, day + timedelta(days=1), later) == number


@given(country=COUNTRIES, day=DAYS, number=st.integers(0, 15))
def test_days_before_a_working_day_lead_back_to_it(country: str, day: date, number: int) -> None:
    before = working_days_before(country, day, number)
    assert working_day(country, before)
    assert working_days_after(country, before, number) == working_days_before(country, day, 0)


@pytest.mark.parametrize(("hour", "is_open"), [(7, False), (8, True), (17, True), (18, False)])
def test_people_are_mailed_from_eight_to_six(hour: int, is_open: bool) -> None:
    now = datetime(2026, 11, 23, hour, 0, tzinfo=UTC)
    assert bool(hours_now("DE", "UTC", now)) is is_open


def test_the_hours_are_those_of_the_persons_own_clock() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert hours_now("US", "America/Los_Angeles", noon) is None  # four in the morning
    assert hours_now("DE", "Europe/Berlin", noon) == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert local_day("Asia/Tokyo", datetime(2026, 11, 23, 20, tzinfo=UTC)) == date(2026, 11, 24)


def test_a_zone_that_nobody_knows_any_more_counts_as_the_companys(settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    assert hours_now("DE", "Mars/Olympus", datetime(2026, 11, 24, 0, tzinfo=UTC)) is not None
    assert local_day("", datetime(2026, 11, 23, 20, tzinfo=UTC)) == date(2026, 11, 24)


def test_nobody_is_mailed_in_quiet_hours(settings: Settings) -> None:
    settings.SENDING_HOURS = ((480, 720), (780, 1080))
    assert hours_now("DE", "UTC", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)) is None
    begins, ends = hours_next("DE", "UTC", datetime(2026, 11, 23, 12, 30, tzinfo=UTC))
    assert (begins.hour, ends.hour) == (13, 18)


def test_what_misses_fridays_hours_waits_for_monday() -> None:
    begins, _ = hours_next("DE", "UTC", datetime(2026, 11, 20, 18, tzinfo=UTC))
    assert begins == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_begins_after_the_gap(settings: Settings) -> None:
    """Chile turns its clocks forward at midnight: 00:00 to 01:00 is not there on that day.

    Fails at half an hour's distance when `_moment` does not go on to the end of the gap.
    """
    settings.SENDING_HOURS = ((30, 120),)
    ((begins, ends),) = day_hours("SA", "America/Santiago", date(2026, 9, 6))
    assert begins == datetime(2026, 9, 6, 4, tzinfo=UTC)  # 01:00 by the new time, UTC-3
    assert ends == datetime(2026, 9, 6, 5, tzinfo=UTC)


def test_an_hour_that_the_clocks_show_twice_counts_once(settings: Settings) -> None:
    settings.SENDING_HOURS = ((120, 180),)
    ((begins, ends),) = day_hours("SA", "Europe/Berlin", date(2026, 10, 25))
    assert ends - begins <= timedelta(hours=2)
    assert begins == datetime(2026, 10, 25, 0, tzinfo=UTC)


@given(
    country=COUNTRIES,
    zone=ZONES,
    now=st.datetimes(
        timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 1)
    ),
)
def test_the_next_hours_lie_ahead_and_are_hours_indeed(
    country: str, zone: str, now: datetime
) -> None:
    begins, ends = hours_next(country, zone, now)
    assert now <= begins < ends
    assert hours_now(country, zone, begins) == ends
