"""How far a campaign is: counts by status, group and day; each is one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from compliance.answers import ANSWERS, NEED_HELP
from compliance.campaigns.models import Campaign

GROUPS = ("department", "country")
# Of more groups than these the page shows the first by name; the export holds all.
MOST_GROUPS = 200

_KEPT = Q(erased_number=None)
_ASKED = Q(exclusion="") & _KEPT
_ANSWERED = _ASKED & Q(closed_at__isnull=False)
_LEFT = _ASKED & Q(closed_at=None, withdrawn=True)
_OPEN = _ASKED & Q(closed_at=None, withdrawn=False)


@dataclass(frozen=True)
class Totals:
    """People by status: in_scope = answered + open + excluded + left + erased.

    `need_help` and `undeliverable` are parts of `open`.
    """

    in_scope: int
    answered: int
    open: int
    excluded: int
    left: int
    erased: int
    need_help: int
    undeliverable: int

    @property
    def asked(self) -> int:
        """Everybody in scope but the excluded and the erased."""
        return self.in_scope - self.excluded - self.erased

    @property
    def percent_answered(self) -> int:
        """Of those asked, rounded down: 100 means everyone."""
        return 100 * self.answered // self.asked if self.asked else 0


@dataclass(frozen=True)
class GroupProgress:
    """How far one department or country is; `value` is '' where it is unknown."""

    value: str
    asked: int
    answered: int
    open: int
    left: int


def totals(campaign: Campaign) -> Totals:
    """Everybody in scope by status."""
    counts = campaign.assignments.aggregate(
        in_scope=Count("id"),
        answered=Count("id", filter=_ANSWERED),
        open=Count("id", filter=_OPEN),
        excluded=Count("id", filter=_KEPT & ~Q(exclusion="")),
        left=Count("id", filter=_LEFT),
        erased=Count("id", filter=~_KEPT),
        need_help=Count("id", filter=_OPEN & Q(answer=NEED_HELP)),
        undeliverable=Count("id", filter=_OPEN & Q(undeliverable=True)),
    )
    return Totals(**counts)


def by_group(campaign: Campaign, attribute: str) -> list[GroupProgress]:
    """Progress by one frozen attribute, in alphabetical order: nobody is ranked."""
    rows = (
        campaign.assignments.asked()
        .order_by(attribute)
        .values_list(attribute)
        .annotate(
            asked_people=Count("id"),
            answered_people=Count("id", filter=_ANSWERED),
            open_people=Count("id", filter=_OPEN),
            left_people=Count("id", filter=_LEFT),
        )
    )
    return [GroupProgress(*row) for row in rows[:MOST_GROUPS]]


def by_day(campaign: Campaign) -> dict[date, int]:
    """The company's day → how many full answers that stand now were given on it."""
    day = TruncDate("closed_at", tzinfo=timezone.get_default_timezone())
    rows = campaign.assignments.answered().order_by().values_list(day).annotate(Count("id"))
    return dict(rows.order_by(day))


def answers_by_group(campaign: Campaign, attribute: str) -> dict[str, dict[str, int]]:
    """Group → answer → people, by their latest answers. Suppress before showing."""
    rows = campaign.assignments.asked().exclude(answer="").order_by(attribute)
    groups: dict[str, dict[str, int]] = {}
    for value, answer, people in rows.values_list(attribute, "answer").annotate(Count("id")):
        groups.setdefault(value, dict.fromkeys(ANSWERS, 0))[answer] = people
    return groups


def answers_together(groups: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Answer → people over all groups."""
    return {code: sum(group[code] for group in groups.values()) for code in ANSWERS}
