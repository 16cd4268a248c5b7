"""Which reminder is owed on which day: the one rule, for the planner and the simulation alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import INVITATION, Anchor, Occasion
from compliance.reminders.calendar import working_days_after, working_days_before


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


def owed_step(
    campaign: Campaign, occasions: Sequence[Occasion], crowd: Crowd, today: date
) -> int | None:
    """The code of the mail that `crowd` is owed on `today`: the invitation, a reminder, or None."""
    if today < campaign.opens_on:
        return None
    if crowd.counts_from is None:
        return INVITATION
    due = reminder_due(occasions, crowd, today)
    return due.occasion.code if due else None


def reminder_due(occasions: Sequence[Occasion], crowd: Crowd, today: date) -> Due | None:
    """The reminder that `crowd` is owed on `today`, None when there is none.

    Only the latest step that has come due counts, so that days that were missed are caught up with
    one mail; and any mail on its day or later stands for it.
    """
    latest = max(_come_due(occasions, crowd, today), key=_rank, default=None)
    if latest is None or (crowd.mailed_on is not None and crowd.mailed_on >= latest.day):
        return None
    return latest


def occasion_day(occasion: Occasion, crowd: Crowd) -> date:
    """The day on which `occasion` comes due for people who are invited."""
    assert crowd.counts_from is not None
    if occasion.anchor is Anchor.INVITATION:
        return working_days_after(crowd.country, crowd.counts_from, occasion.offset)
    if occasion.offset > 0:
        return working_days_after(crowd.country, crowd.due_on, occasion.offset)
    return working_days_before(crowd.country, crowd.due_on, -occasion.offset)


def _come_due(occasions: Sequence[Occasion], crowd: Crowd, today: date) -> Iterator[Due]:
    """Those after the invitation and up to today, none of a day before its step was added."""
    if crowd.counts_from is None:
        return
    for occasion in occasions:
        day = occasion_day(occasion, crowd)
        since = occasion.step.since
        if crowd.counts_from < day <= today and (since is None or since <= day):
            yield Due(occasion, day)


def _rank(due: Due) -> tuple[date, int]:
    """Of two steps on one day, the one that speaks of the due date."""
    return due.day, due.occasion.code
