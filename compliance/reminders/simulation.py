"""What will go out when, were nobody to answer: by day, for everybody or for one person."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.conf import settings

from compliance.campaigns.models import Assurance, Campaign
from compliance.campaigns.policy import INVITATION
from compliance.reminders.calendar import Moments, day_begins, day_hours, local_day
from compliance.reminders.leaves import Span, day_moved_on
from compliance.reminders.mailed import WEEK
from compliance.reminders.schedule import Crowd, Timetable
from compliance.reminders.senders import rate_per_day, rate_per_minute

# Without a limit of the server's we count on what one line takes.
ASSUMED_RATE_PER_MINUTE = 3_000
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Stand:
    """Where people stand: what decides their next mail, how often and when they were mailed."""

    crowd: Crowd
    reminded: int = 0
    recent: tuple[date, ...] = ()
    # Their leaves that are not over, in order.
    leaves: tuple[Span, ...] = ()
    # The steps that they had: a pause or a leave can move the day of one; none is sent twice.
    had: frozenset[int] = frozenset()

    def on(self, day: date) -> "Stand":
        """Where they stand on `day`: what was over before it has moved their reminders on."""
        if not self.leaves or day <= self.leaves[0][1]:
            return self
        over, *ahead = self.leaves
        crowd, since = self.crowd, self.crowd.counts_from
        if since is not None:
            crowd = replace(crowd, counts_from=day_moved_on(crowd.country, since, over))
        return replace(self, crowd=crowd, leaves=tuple(ahead)).on(day)

    def away(self, day: date) -> bool:
        """Whether `day`, not after their next leave, belongs to it."""
        return bool(self.leaves) and self.leaves[0][0] <= day


@dataclass(frozen=True)
class Leaving:
    """So many mails of one step, and the hours of one day in which they leave."""

    day: date
    code: int
    people: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Simulation:
    """Every mail that would leave, in order."""

    mails: tuple[Leaving, ...]

    @property
    def total(self) -> int:
        """All mails, at most."""
        return sum(mail.people for mail in self.mails)

    @property
    def days(self) -> tuple[tuple[date, int, int], ...]:
        """Day by day: invitations and reminders."""
        counts: dict[date, Counter[bool]] = defaultdict(Counter)
        for mail in self.mails:
            counts[mail.day][mail.code == INVITATION] += mail.people
        return tuple((day, counts[day][True], counts[day][False]) for day in sorted(counts))

    @property
    def invited_at(self) -> datetime | None:
        """When the last invitation is out; None when there is none."""
        return max((mail.ends for mail in self.mails if mail.code == INVITATION), default=None)

    @property
    def finished_at(self) -> datetime | None:
        """When the last mail is out; None when there is none."""
        return max((mail.ends for mail in self.mails), default=None)


def simulate(campaign: Campaign, stands: Sequence[Stand], *, now: datetime) -> Simulation:
    """The mails of `campaign` from `now` to its last day, at the limits of the transport.

    It asks the same rule as the planner, day by day. Nobody answers in it, nobody leaves, and what
    other campaigns send meanwhile is not counted in.
    """
    walk = _Walk(campaign, Counter(), now)
    for stand in stands:
        walk.people[replace(stand, crowd=replace(stand.crowd, people=0))] += stand.crowd.people
    return Simulation(tuple(walk.mails()))


@dataclass
class _Walk:
    """A walk through the days: where how many people stand, and until when the line is busy."""

    campaign: Campaign
    people: Counter[Stand]
    now: datetime
    left_today: int = 0
    busy: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.busy = self.now
        self.timetable = Timetable(self.campaign)
        self.codes = self.campaign.assurance == Assurance.CODE
        self.rate = rate_per_minute(codes=self.codes) or ASSUMED_RATE_PER_MINUTE

    def mails(self) -> Iterator[Leaving]:
        """Day after day."""
        day = min(
            (local_day(stand.crowd.time_zone, self.now) for stand in self.people), default=None
        )
        while day is not None and day <= self.campaign.closes_on:
            # Nothing is owed on two days at once: whoever is served today stands elsewhere now.
            self._return(day)
            self.left_today = rate_per_day(codes=self.codes) or self.total
            yield from self._day(day)
            day += _DAY

    @property
    def total(self) -> int:
        return sum(self.people.values())

    def _return(self, day: date) -> None:
        for stand in [stand for stand in self.people if stand.on(day) is not stand]:
            self.people[stand.on(day)] += self.people.pop(stand)

    def _day(self, day: date) -> Iterator[Leaving]:
        owed = [
            (hours, code, stand)
            for stand in self.people
            if (code := self._owed(stand, day)) is not None
            for hours in [self._hours(stand, code, day)]
            if hours
        ]
        for hours, code, stand in sorted(owed, key=_by_end):
            for span in hours:
                yield from self._leave(stand, code, day, span)

    def _owed(self, stand: Stand, day: date) -> int | None:
        if stand.away(day):
            return None
        code = self.timetable.owed_step(stand.crowd, day)
        if code in stand.had:
            return None
        if code is None or self._at_once(code):
            return code
        lately = sum(day - mailed < WEEK for mailed in stand.recent)
        if settings.MAILS_PER_WEEK and lately >= settings.MAILS_PER_WEEK:
            return None
        if code != INVITATION and stand.reminded >= self.campaign.reminders.at_most:
            return None
        return code

    def _hours(self, stand: Stand, code: int, day: date) -> tuple[Moments, ...]:
        crowd = stand.crowd
        if not self._at_once(code):
            return day_hours(crowd.country, crowd.time_zone, day)
        mornings = day_begins("", self.campaign.opens_on), day_begins(crowd.time_zone, day)
        begins = max(self.busy, *mornings)
        if day != local_day(crowd.time_zone, begins):
            return ()
        return ((begins, begins + _DAY),)

    def _leave(self, stand: Stand, code: int, day: date, span: Moments) -> Iterator[Leaving]:
        begins = max(span[0], self.busy)
        minutes = max(0, int((span[1] - begins) / _MINUTE))
        people = min(self.people[stand], self.left_today, minutes * self.rate)
        if people <= 0:
            return
        self.busy = begins + _MINUTE * (people / self.rate)
        self.left_today -= people
        self._move(stand, code, day, people)
        yield Leaving(day, code, people, begins, self.busy)

    def _move(self, stand: Stand, code: int, day: date, people: int) -> None:
        self.people[stand] -= people
        if not self.people[stand]:
            del self.people[stand]
        since = stand.crowd.counts_from or day
        crowd = replace(stand.crowd, counts_from=since, mailed_on=day)
        recent = tuple(mailed for mailed in stand.recent if day - mailed < WEEK)
        reminded = stand.reminded + (code != INVITATION)
        served = Stand(crowd, reminded, (*recent, day), stand.leaves, stand.had | {code})
        self.people[served] += people

    def _at_once(self, code: int) -> bool:
        return self.campaign.send_now and code == INVITATION


def _by_end(owed: tuple[tuple[Moments, ...], int, Stand]) -> tuple[datetime, str]:
    """Whose hours end first is served first."""
    hours, code, stand = owed
    return hours[-1][1], f"{code:06d} {stand}"
