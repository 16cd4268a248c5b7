"""What a launch will send: how many mails on which day, and when the last invitation is out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from compliance.campaigns.models import Campaign
from compliance.reminders.calendar import (
    WINDOW_CLOSES,
    WINDOW_OPENS,
    next_working_day,
    reminder_due,
    working_day,
)

# Without a limit of the server's we count on what one line takes.
ASSUMED_RATE_PER_MINUTE = 3_000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Forecast:
    """Mails by day, were nobody to answer; and when everybody is invited (None: nobody is)."""

    days: tuple[tuple[date, int], ...]
    invited_at: datetime | None

    @property
    def total(self) -> int:
        """All mails of the campaign, at most."""
        return sum(mails for _, mails in self.days)


def forecast(campaign: Campaign, *, people: Mapping[str, int], now: datetime) -> Forecast:
    """The mails of `campaign` for `people` (country → how many are asked) at the sending rate.

    What does not fit into a day's window leaves on the next working day. Other campaigns that
    send at the same time are not counted in.
    """
    rate = settings.EMAIL_RATE_PER_MINUTE or ASSUMED_RATE_PER_MINUTE
    invitations = _invitations(campaign, people, now)
    leaving = _spread(invitations, rate, campaign, now)
    wanted = leaving + _reminders(campaign, people, now)
    days = _spread(wanted, rate, campaign, now)
    in_time = sorted((day, mails) for day, mails in days.items() if day <= campaign.closes_on)
    return Forecast(tuple(in_time), _last_out(leaving, rate, campaign, now))


def _first_day(campaign: Campaign, country: str, now: datetime) -> date:
    today = timezone.localdate(now)
    day = max(campaign.opens_on, today)
    if campaign.send_now:
        return day
    over = timezone.localtime(now).time() >= WINDOW_CLOSES
    return next_working_day(country, day + _DAY if day == today and over else day)


def _invitations(campaign: Campaign, people: Mapping[str, int], now: datetime) -> Counter[date]:
    days: Counter[date] = Counter()
    for country, count in people.items():
        days[_first_day(campaign, country, now)] += count
    return days


def _reminders(campaign: Campaign, people: Mapping[str, int], now: datetime) -> Counter[date]:
    days: Counter[date] = Counter()
    for country, count in people.items():
        invited = _first_day(campaign, country, now)
        for offset in campaign.reminder_days:
            days[reminder_due(country, invited, offset)] += count
    return Counter({day: count for day, count in days.items() if day <= campaign.closes_on})


def _spread(wanted: Counter[date], rate: int, campaign: Campaign, now: datetime) -> Counter[date]:
    """Carry over to the next day what a day cannot take."""
    days: Counter[date] = Counter()
    waiting, day = 0, min(wanted, default=None)
    while day is not None and (waiting or day <= max(wanted)):
        waiting += wanted[day]
        sends = campaign.send_now or wanted[day] or working_day("", day)
        leaving = min(waiting, _capacity(day, rate, campaign, now)) if sends else 0
        if leaving:
            days[day] = leaving
        waiting, day = waiting - leaving, day + _DAY
    return days


def _capacity(day: date, rate: int, campaign: Campaign, now: datetime) -> int:
    begins, ends = _hours(day, campaign, now)
    return max(0, int((ends - begins).total_seconds() // 60) * rate)


def _hours(day: date, campaign: Campaign, now: datetime) -> tuple[datetime, datetime]:
    """From when to when mails leave on `day`; with `send_now` invitations know no hours."""
    whole_day = campaign.send_now
    begins = _moment(day, time.min if whole_day else WINDOW_OPENS)
    ends = _moment(day + _DAY, time.min) if whole_day else _moment(day, WINDOW_CLOSES)
    return (min(max(begins, now), ends), ends) if day == timezone.localdate(now) else (begins, ends)


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def _last_out(
    leaving: Counter[date], rate: int, campaign: Campaign, now: datetime
) -> datetime | None:
    if not leaving:
        return None
    last = max(leaving)
    begins, _ = _hours(last, campaign, now)
    return begins + timedelta(minutes=leaving[last] / rate)
