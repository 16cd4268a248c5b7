"""Working days by country, and the hours in which the company sends mail."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from django.conf import settings
from django.utils import timezone

from compliance.guides.regions import COUNTRIES

WINDOW_OPENS, WINDOW_CLOSES = time(8), time(18)
_DAY = timedelta(days=1)
# Where we know no calendar, Saturday and Sunday are free.
_WEEKEND = frozenset({5, 6})
_KNOWN = frozenset(holidays.list_supported_countries(include_aliases=False))


def window_open(now: datetime) -> bool:
    """Whether mails may leave now: from 08:00 to before 18:00, company time."""
    return WINDOW_OPENS <= timezone.localtime(now).time() < WINDOW_CLOSES


def working_day(country: str, day: date) -> bool:
    """Whether people in `country` work on `day`; '' is the company's own country.

    A country's weekend and public holidays are those that the holidays library knows.
    """
    return _working_day(country or settings.COMPANY_COUNTRY, day)


def resting_countries(day: date) -> frozenset[str]:
    """The countries, '' perhaps among them, whose people do not work on `day`: for SQL's NOT IN."""
    unknown = () if working_day("", day) else ("",)
    return _resting_countries(day).union(unknown)


def next_working_day(country: str, day: date) -> date:
    """`day` itself when people in `country` work on it, else the next on which they do."""
    while not working_day(country, day):
        day += _DAY
    return day


def reminder_due(country: str, invited_on: date, offset: int) -> date:
    """The `offset`-th working day in `country` after the day of the invitation."""
    day = invited_on
    for _ in range(offset):
        day = next_working_day(country, day + _DAY)
    return day


def reminder_cutoff(country: str, today: date, offset: int) -> date:
    """The other way round: whoever was invited on this day or before is due by `today`."""
    day = today
    for _ in range(offset):
        while not working_day(country, day):
            day -= _DAY
        day -= _DAY
    return day


@lru_cache(maxsize=50_000)
def _working_day(country: str, day: date) -> bool:
    calendar = _calendar(country)
    if calendar is None:
        return day.weekday() not in _WEEKEND
    return bool(calendar.is_working_day(day))


@lru_cache(maxsize=32)
def _resting_countries(day: date) -> frozenset[str]:
    return frozenset(code for code in COUNTRIES if not _working_day(code, day))


@lru_cache(maxsize=300)
def _calendar(country: str) -> holidays.HolidayBase | None:
    return holidays.country_holidays(country) if country in _KNOWN else None
