"""When whose retention is over: the rule, and the preview of what would go."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from accounts.directory.models import Employee, EmployeeQuerySet
from compliance.campaigns.models import Assignment, Campaign, CampaignState
from compliance.retention.models import LegalHold
from ledger.commands import Refusal


@dataclass(frozen=True)
class CampaignDue:
    """A closed campaign of which something is still held."""

    campaign: Campaign
    due_on: date
    people: int
    # Of these, kept by legal holds on single people.
    held: int
    hold: LegalHold | None
    over: bool

    @property
    def goes(self) -> int:
        """How many people the next run erases."""
        return self.people - self.held if self.over and not self.hold else 0

    def as_dict(self) -> dict[str, object]:
        """For programs."""
        return {
            "campaign": self.campaign.pk,
            "due_on": self.due_on.isoformat(),
            "people": self.people,
            "held": self.held,
            "legal_hold_until": self.hold.until.isoformat() if self.hold else None,
            "erased_by_next_run": self.goes,
        }


def months_later(day: date, months: int) -> date:
    """The same day `months` later; the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def campaign_due_on(campaign: Campaign) -> date:
    """The company's day on which the retention of a closed campaign is over. Raises Refusal."""
    if campaign.closed_at is None:
        raise Refusal(f"“{campaign}” is not closed: its retention has not begun.")
    return months_later(timezone.localdate(campaign.closed_at), campaign.retention_months)


def campaigns_due(*, now: datetime) -> list[CampaignDue]:
    """Every closed campaign that still holds people, the next to go first; the preview."""
    today = timezone.localdate(now)
    held = {
        hold.campaign_id: hold
        for hold in LegalHold.objects.in_force(today).filter(campaign__isnull=False)
    }
    people = _people(today)
    found = []
    for campaign in _closed():
        due_on, (all_people, by_name) = campaign_due_on(campaign), people.get(campaign.pk, (0, 0))
        hold = held.get(campaign.pk)
        found.append(CampaignDue(campaign, due_on, all_people, by_name, hold, over=due_on <= today))
    return sorted(found, key=lambda one: (one.due_on, one.campaign.pk))


def leavers_due(*, now: datetime) -> EmployeeQuerySet:
    """Directory entries of those who left LEAVERS_KEPT_MONTHS ago and of whom nothing else is held.

    Not those under a legal hold, nor whoever a held campaign names as a manager.
    """
    today = timezone.localdate(now)
    holds = LegalHold.objects.in_force(today)
    mine = Assignment.objects.filter(employee=OuterRef("pk"))
    named = Assignment.objects.filter(
        manager=OuterRef("pk"), campaign__in=holds.exclude(campaign=None).values("campaign")
    )
    kept_since = months_later(today, -settings.LEAVERS_KEPT_MONTHS)
    gone = Employee.objects.filter(active=False, left_at__date__lte=kept_since)
    return gone.filter(
        ~Exists(mine), ~Exists(named), ~Exists(holds.filter(employee=OuterRef("pk")))
    )


def _closed() -> list[Campaign]:
    rows = Campaign.objects.filter(state=CampaignState.CLOSED, erased_at=None)
    return list(rows.filter(closed_at__isnull=False))


def _people(today: date) -> dict[int, tuple[int, int]]:
    """Campaign → people of whom something is held, and how many of them are held by name."""
    closed = Q(campaign__state=CampaignState.CLOSED, campaign__erased_at=None)
    rows = Assignment.objects.filter(closed, erased_number=None).order_by()
    by_name = LegalHold.objects.in_force(today).filter(employee__isnull=False).values("employee")
    counts = rows.values_list("campaign").annotate(
        everybody=Count("pk"), by_name=Count("pk", filter=Q(employee__in=by_name))
    )
    return {campaign: (everybody, held) for campaign, everybody, held in counts}
