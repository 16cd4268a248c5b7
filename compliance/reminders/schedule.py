"""Which reminder is owed on which day: the one rule, for the planner and the simulation alike."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import INVITATION, Anchor, Occasion
from compliance.reminders.calendar import (
    working_days_after,
    working_days_before,
    working_days_between,
)

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Crowd:
    """People whose mails come due together; `people` says how many they are."""

    country: str
    time_zone: str
    # None until they are invited.
    counts_from: date | None
    due_on: date
    mailed_on: date | None
    # The step of a message that is owed to them already.
    waits_for: int | None = None
    people: int = 0


@dataclass(frozen=True)
class Due:
    """What somebody is owed, and since which day."""

    occasion: Occasion
    day: date


class Timetable:
    """When a campaign's mails come due; the days of each crowd are counted once."""

    def __init__(self, campaign: Campaign) -> None:
        self._opens_on = self._invites_on = campaign.opens_on
        if campaign.send_now:
            # At once means on the company's first day; elsewhere it may be the day before.
            self._invites_on -= _DAY
        self._occasions = campaign.reminders.occasions(due_round=campaign.due_round)
        self._extended_on = campaign.due_since
        self._days: dict[tuple[object, ...], Sequence[Due]] = {}

    def owed_step(self, crowd: Crowd, today: date) -> int | None:
        """The code of the mail that `crowd` is owed on `today`: invitation, reminder, or None."""
        if crowd.counts_from is None:
            return INVITATION if today >= self._invites_on else None
        if today < self._opens_on:
            return None
        due = latest_due(self._days_of(crowd), crowd, today)
        return due.occasion.code if due else None

    def _days_of(self, crowd: Crowd) -> Sequence[Due]:
        key = crowd.country, crowd.counts_from, crowd.due_on
        if key not in self._days:
            self._days[key] = due_days(self._occasions, crowd, extended_on=self._extended_on)
        return self._days[key]


def due_days(
    occasions: Sequence[Occasion], crowd: Crowd, *, extended_on: date | None = None
) -> Sequence[Due]:
    """Every step that comes due for people who are invited, in its order.

    None of the invitation's day or before; none of a day before its step was added, or before the
    due date that it counts from was set. Of two steps on one day the one that speaks of the due
    date is the later one.
    """
    assert crowd.counts_from is not None
    first = crowd.counts_from + _DAY
    days = (Due(occasion, occasion_day(occasion, crowd)) for occasion in occasions)
    ahead = (due for due in days if max(first, _since(due.occasion, extended_on)) <= due.day)
    return sorted(ahead, key=_rank)


def latest_due(days: Sequence[Due], crowd: Crowd, today: date) -> Due | None:
    """The reminder that `crowd` is owed on `today`, None when there is none.

    Only the latest step that has come due counts, so that days that were missed are caught up with
    one mail; and any mail on its day or later stands for it. After the due date a mail that came
    late, behind a leave for instance, makes the next one late by as many working days.
    """
    over = bisect_right(days, today, key=_day)
    latest = days[over - 1] if over else None
    if latest is None or (crowd.mailed_on is not None and crowd.mailed_on >= latest.day):
        return None
    return latest if today >= _keeping_distance(days[:over], crowd) else None


def _keeping_distance(over: Sequence[Due], crowd: Crowd) -> date:
    """From when on the last of these days holds for people who had the mail before it late."""
    *_, before, latest = (None, *over)
    overdue = latest.occasion.anchor is Anchor.DUE and latest.occasion.offset > 0
    if not overdue or not before or crowd.mailed_on is None or crowd.mailed_on <= before.day:
        return latest.day
    late = working_days_between(crowd.country, before.day + _DAY, crowd.mailed_on)
    return working_days_after(crowd.country, latest.day, late)


def occasion_day(occasion: Occasion, crowd: Crowd) -> date:
    """The day on which `occasion` comes due for people who are invited."""
    assert crowd.counts_from is not None
    if occasion.anchor is Anchor.INVITATION:
        return working_days_after(crowd.country, crowd.counts_from, occasion.offset)
    if occasion.offset > 0:
        return working_days_after(crowd.country, crowd.due_on, occasion.offset)
    return working_days_before(crowd.country, crowd.due_on, -occasion.offset)


def _since(occasion: Occasion, extended_on: date | None) -> date:
    since = occasion.step.since or date.min
    if occasion.anchor is Anchor.DUE and extended_on is not None:
        return max(since, extended_on)
    return since


def _day(due: Due) -> date:
    return due.day


def _rank(due: Due) -> tuple[date, int]:
    return due.day, due.occasion.code
