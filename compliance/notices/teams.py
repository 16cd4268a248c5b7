"""A manager's people in one campaign, counted so that nobody can be told from the numbers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.campaigns.suppression import SMALLEST_SHOWN


@dataclass(frozen=True)
class Range:
    """From `low` to `high` of `whole` people, both included."""

    low: int
    high: int
    whole: int

    @property
    def rest(self) -> "Range":
        """How many the others are."""
        return Range(self.whole - self.high, self.whole - self.low, self.whole)


@dataclass(frozen=True)
class Team:
    """How many of a manager's people were asked and have answered; never shown as it is."""

    asked: int
    answered: int

    @property
    def answers(self) -> Range:
        """About how many have answered; see `blurred`."""
        return blurred(self.answered, self.asked)


def blurred(number: int, whole: int) -> Range:
    """The range of five or more possible numbers that `number` of `whole` people falls into.

    Neither “nobody” nor “everybody” is ever said, and one more answer moves the range only at its
    edge, so that two weeks compared do not show who was last. Groups of five to eight people are
    too small for two such ranges; they are cut in halves.
    """
    ranges = max(2, (whole + 1) // SMALLEST_SHOWN)
    step = min(SMALLEST_SHOWN, (whole + 2) // 2)
    place = min(number // step, ranges - 1)
    low = place * step
    return Range(low, whole if place == ranges - 1 else low + step - 1, whole)


def managers_of_teams(campaign: Campaign) -> Iterator[tuple[UUID, str, str]]:
    """Whoever works here and has five people or more in `campaign`: with country and time zone.

    One statement over everybody asked, read as a stream.
    """
    columns = "manager", "manager__country", "manager__time_zone"
    rows = _asked(campaign).filter(manager__active=True).values_list(*columns)
    large = rows.annotate(people=Count("pk")).filter(people__gte=SMALLEST_SHOWN)
    for manager, country, zone, _people in large.iterator(chunk_size=5_000):
        yield manager, country, zone


def teams(campaign: Campaign, managers: Iterable[UUID]) -> Mapping[UUID, Team]:
    """The teams of `managers` in `campaign`, in one statement; none of fewer than five people."""
    rows = _asked(campaign).filter(manager__in=list(managers)).values_list("manager")
    counted = rows.annotate(
        asked=Count("pk"), answered=Count("pk", filter=Q(closed_at__isnull=False))
    )
    return {
        manager: Team(asked, answered)
        for manager, asked, answered in counted
        if asked >= SMALLEST_SHOWN
    }


def _asked(campaign: Campaign) -> AssignmentQuerySet:
    """Those who left stay in: a number that falls when somebody leaves says what they had done."""
    return Assignment.objects.asked().filter(campaign=campaign).order_by()
