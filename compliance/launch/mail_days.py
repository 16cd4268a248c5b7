"""A simulation as tables read it: by day and step, and for one person."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from accounts.directory.models import Employee
from compliance.campaigns.audience import asked
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import INVITATION, step_name
from compliance.reminders.calendar import day_hours
from compliance.reminders.outlook import outlook_for, outlook_in_draft
from compliance.reminders.simulation import Leaving, Simulation


@dataclass(frozen=True)
class StepOfDay:
    """The mails of one step that leave on one day: how many, from when to when."""

    day: date
    code: int
    people: int
    begins: datetime
    ends: datetime

    @property
    def name(self) -> str:
        """Which mail it is, in words."""
        return step_name(self.code)

    @property
    def leaves(self) -> str:
        """`06:00 to 09:30`, by the company's clock; with dates that are not people's own day."""
        begins, ends = timezone.localtime(self.begins), timezone.localtime(self.ends)
        own_day = begins.date() == ends.date() == self.day
        first, last = (date_format(at, "H:i" if own_day else "j M, H:i") for at in (begins, ends))
        if first == last:
            return first
        return f"{first} to {ends:%H:%M}" if begins.date() == ends.date() else f"{first} to {last}"


@dataclass(frozen=True)
class Planned:
    """One person's mail: which, and when it can leave, in the person's own time."""

    code: int
    day: date
    hours: tuple[tuple[datetime, datetime], ...]
    time_zone: str

    @property
    def name(self) -> str:
        """Which mail it is, in words."""
        return step_name(self.code)

    @property
    def window(self) -> str:
        """`between 08:00 and 18:00, Europe/Berlin`; the times are the person's own."""
        spans = [f"{begins:%H:%M} and {ends:%H:%M}" for begins, ends in self.hours]
        return f"between {', or '.join(spans)}, {self.time_zone}" if spans else "at once"


def by_step(simulation: Simulation) -> list[StepOfDay]:
    """Day by day, step by step; people are on their own day, wherever they are."""
    together: dict[tuple[date, int], list[Leaving]] = defaultdict(list)
    for mail in simulation.mails:
        together[mail.day, mail.code].append(mail)
    return [_together(day, code, together[day, code]) for day, code in sorted(together)]


def schedule_of(assignment: Assignment, *, now: datetime) -> list[Planned]:
    """Every mail that `assignment` would still get, were the person not to answer."""
    simulation = outlook_for(assignment, now=now)
    place = (assignment.country, assignment.time_zone)
    return list(_planned(assignment.campaign, simulation, *place))


def schedule_in_draft(campaign: Campaign, employee: Employee, *, now: datetime) -> list[Planned]:
    """Every mail that `employee` would get, were the draft launched now; none for the excluded."""
    if not asked(campaign).filter(pk=employee.pk).exists():
        return []
    place = (employee.country, employee.time_zone)
    simulation = outlook_in_draft(campaign, employee, now=now)
    return list(_planned(campaign, simulation, *place))


def _together(day: date, code: int, mails: list[Leaving]) -> StepOfDay:
    return StepOfDay(
        day,
        code,
        people=sum(mail.people for mail in mails),
        begins=min(mail.begins for mail in mails),
        ends=max(mail.ends for mail in mails),
    )


def _planned(
    campaign: Campaign, simulation: Simulation, country: str, time_zone: str
) -> Iterator[Planned]:
    zone = _zone(time_zone)
    for mail in simulation.mails:
        at_once = campaign.send_now and mail.code == INVITATION
        spans = () if at_once else day_hours(country, time_zone, mail.day)
        hours = tuple(
            (max(begins, mail.begins).astimezone(zone), ends.astimezone(zone))
            for begins, ends in spans
            if ends > mail.begins
        )
        yield Planned(mail.code, mail.day, hours, zone.key)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):  # a name that the database of zones has dropped
        return ZoneInfo(settings.TIME_ZONE)
