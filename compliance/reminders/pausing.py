"""A pause stops the clock: when it is over, every date has moved on by its working days."""

from copy import copy
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from accounts.sets import rows_lock
from compliance.campaigns.due_dates import due_date_moved, due_dates_move
from compliance.campaigns.models import Campaign
from compliance.reminders.calendar import (
    company_day,
    working_days_after,
    working_days_between,
)
from compliance.reminders.schedule import Crowd

_DAY = timedelta(days=1)


def clocks_shift(*, campaign: Campaign, now: datetime, **_signal: Any) -> None:
    """Receiver of `campaign_resuming`: nobody is owed what came due while nothing was sent.

    The days that reminders count from move on by each country's own working days; the due date
    and the last day by the company's.
    """
    since, today = campaign.paused_on, company_day(now)
    if since is None or since >= today:
        return
    # All of them at once, the answered ones too: the due date moves for everybody.
    rows_lock(campaign.assignments.all())
    before = campaign.due_on
    for country, counts_from in _beginnings(campaign):
        people = campaign.assignments.open().filter(country=country, counts_from=counts_from)
        people.update(counts_from=_moved_on(country, counts_from, since, today))
    campaign.due_on, campaign.closes_on = days_moved(campaign, now=now)
    due_dates_move(campaign=campaign, days=(campaign.due_on - before).days)


def days_moved(campaign: Campaign, *, now: datetime) -> tuple[date, date]:
    """The due date and the last day, were it resumed now: later by the pause's working days."""
    since, today = campaign.paused_on or company_day(now), company_day(now)
    due_on = working_days_after("", campaign.due_on, working_days_between("", since, today - _DAY))
    return due_on, campaign.closes_on + (due_on - campaign.due_on)


def campaign_resumed(campaign: Campaign, *, now: datetime) -> Campaign:
    """A copy of `campaign` with the days that it had, were it resumed now; nothing is written."""
    resumed = copy(campaign)
    resumed.due_on, resumed.closes_on = days_moved(campaign, now=now)
    return resumed


def crowd_resumed(crowd: Crowd, campaign: Campaign, *, now: datetime) -> Crowd:
    """Where `crowd` stood, were `campaign` resumed now."""
    since, today = campaign.paused_on, company_day(now)
    if since is None or since >= today:
        return crowd
    due_on, last = days_moved(campaign, now=now)
    if crowd.due_on != campaign.due_on:
        due_on = due_date_moved(crowd.due_on, (due_on - campaign.due_on).days, last)
    day = crowd.counts_from and _moved_on(crowd.country, crowd.counts_from, since, today)
    return replace(crowd, due_on=due_on, counts_from=day)


def _beginnings(campaign: Campaign) -> list[tuple[str, date]]:
    """Latest first, so that nobody who was moved is met again."""
    invited = campaign.assignments.open().order_by("-counts_from")
    rows = invited.values_list("country", "counts_from").distinct()
    return [(country, day) for country, day in rows if day is not None]


def _moved_on(country: str, counts_from: date, since: date, today: date) -> date:
    paused = working_days_between(country, max(since, counts_from + _DAY), today - _DAY)
    return working_days_after(country, counts_from, paused)
