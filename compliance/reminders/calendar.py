"""Working days by country, and the hours in which people at a place may be mailed."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from django.conf import settings
from django.utils import timezone

# From when to when on one day, in minutes since midnight; and the same as moments in UTC.
Span = tuple[int, int]
Moments = tuple[datetime, datetime]
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
# Where we know no calendar, Saturday and Sunday are free.
_WEEKEND = frozenset({5, 6})
_KNOWN = frozenset(holidays.list_supported_countries(include_aliases=False))


def working_day(country: str, day: date) -> bool:
    """Whether people in `country` work on `day`; '' is the company's own country.

    A country's weekend and public holidays are those that the holidays library knows.
    """
    return _working_day(country or settings.COMPANY_COUNTRY, day)


def working_days_after(country: str, day: date, number: int) -> date:
    """The `number`-th working day in `country` after `day`; 0 is `day` itself."""
    return _days_after(country or settings.COMPANY_COUNTRY, day, number)


def working_days_before(country: str, day: date, number: int) -> date:
    """The `number`-th working day in `country` before the last one that is not after `day`."""
    return _days_before(country or settings.COMPANY_COUNTRY, day, number)


def working_days_between(country: str, first: date, last: date) -> int:
    """How many working days `country` has from `first` to `last`, both included."""
    days = (first + _DAY * number for number in range((last - first).days + 1))
    return sum(working_day(country, day) for day in days)


def local_day(zone: str, now: datetime) -> date:
    """Which day it is at `now` in `zone`; '' is the company's."""
    return now.astimezone(_zone(zone or settings.TIME_ZONE)).date()


def day_begins(zone: str, day: date) -> datetime:
    """The moment at which `day` begins in `zone`; '' is the company's."""
    return _moment(_zone(zone or settings.TIME_ZONE), day, 0)


def hours_now(country: str, zone: str, now: datetime) -> datetime | None:
    """Until when people there may be mailed now; None outside of their working hours."""
    for begins, ends in day_hours(country, zone, local_day(zone, now)):
        if begins <= now < ends:
            return ends
    return None


def hours_next(country: str, zone: str, now: datetime) -> Moments:
    """The working hours of people there that go on at `now`, or begin next: from when to when."""
    day = local_day(zone, now)
    while True:
        for begins, ends in day_hours(country, zone, day):
            if now < ends:
                return max(begins, now), ends
        day += _DAY


def day_hours(country: str, zone: str, day: date) -> tuple[Moments, ...]:
    """When people there may be mailed on `day`: working hours without the quiet ones, in order."""
    if not working_day(country, day):
        return ()
    return _day_hours(zone or settings.TIME_ZONE, day, settings.SENDING_HOURS)


def company_day(now: datetime) -> date:
    """Which day it is for the company."""
    return timezone.localdate(now)


@lru_cache(maxsize=50_000)
def _day_hours(zone: str, day: date, spans: tuple[Span, ...]) -> tuple[Moments, ...]:
    place = _zone(zone)
    moments = ((_moment(place, day, begins), _moment(place, day, ends)) for begins, ends in spans)
    # An hour that the clocks skip can leave nothing of a span.
    return tuple((begins, ends) for begins, ends in moments if begins < ends)


def _moment(place: ZoneInfo, day: date, minutes: int) -> datetime:
    """That minute of the day there. One that the clocks skip is the first after the gap, one that
    they show twice is the first of the two.
    """
    wall = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    while (moment := wall.replace(tzinfo=place).astimezone(UTC)).astimezone(place).replace(
        tzinfo=None
    ) != wall:
        wall += _MINUTE
    return moment


@lru_cache(maxsize=700)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # a name that the database of zones has dropped
        return ZoneInfo(settings.TIME_ZONE)


@lru_cache(maxsize=100_000)
def _days_after(country: str, day: date, number: int) -> date:
    for _ in range(number):
        day += _DAY
        while not _working_day(country, day):
            day += _DAY
    return day


@lru_cache(maxsize=100_000)
def _days_before(country: str, day: date, number: int) -> date:
    for left in range(number, -1, -1):
        while not _working_day(country, day):
            day -= _DAY
        if left:
            day -= _DAY
    return day


@lru_cache(maxsize=50_000)
def _working_day(country: str, day: date) -> bool:
    calendar = _calendar(country)
    if calendar is None:
        return day.weekday() not in _WEEKEND
    return bool(calendar.is_working_day(day))


@lru_cache(maxsize=300)
def _calendar(country: str) -> holidays.HolidayBase | None:
    return holidays.country_holidays(country) if country in _KNOWN else None
