"""Late joiners: whoever belongs to the audience after a later import is asked too."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, DateField, Exists, OuterRef, Value, When

from accounts.directory.models import Employee, EmployeeQuerySet
from compliance.campaigns.audience import (
    assignments_add,
    audience,
    frozen_exclusions,
)
from compliance.campaigns.models import Assignment, Campaign, CampaignState, Decision
from compliance.campaigns.population import population_digest
from compliance.reminders.calendar import (
    company_day,
    working_days_after,
    working_days_between,
)
from compliance.reminders.leave_days import due_dates_shift
from compliance.reminders.models import Leave
from ledger import journal

# Whoever would have fewer working days to answer is not asked any more.
FEWEST_DAYS = 3
# Until the ledger entry is written, in the same transaction.
UNRECORDED = 0
_DAY = timedelta(days=1)


def joiners_add(*, sender: object, now: datetime, **_signal: Any) -> None:
    """Receiver of `directory_changing`: ask whoever belongs to a running audience now.

    Those who are new in the company, back in it, or new in a department, say. Each campaign takes
    one INSERT … SELECT, before the ledger's lock.
    """
    if sender is Employee:  # one person's address was corrected: nobody joins
        return
    today = company_day(now)
    for campaign in Campaign.objects.filter(late_joiners=True, state=CampaignState.RUNNING):
        if working_days_after("", today, FEWEST_DAYS) <= campaign.closes_on:
            _add(campaign, max(today, campaign.opens_on))


def joiners_record(*, now: datetime, **_signal: Any) -> None:
    """Receiver of `directory_changed`: one ledger entry for each campaign that somebody joined."""
    joined = Assignment.objects.filter(joined_seq=UNRECORDED)
    for campaign in Campaign.objects.filter(Exists(joined.filter(campaign=OuterRef("pk")))):
        seq = _decide(campaign, now)
        joined.filter(campaign=campaign).update(joined_seq=seq)


def joining_due_on(campaign: Campaign, country: str, day: date) -> date:
    """By when somebody who joins on `day` is asked to answer: as many working days as everyone had.

    Never before the campaign's own due date, never after its last day.
    """
    given = working_days_between(country, campaign.opens_on + _DAY, campaign.due_on)
    own = working_days_after(country, day, given)
    return min(max(own, campaign.due_on), campaign.closes_on)


def _add(campaign: Campaign, day: date) -> None:
    joiners = _joiners(campaign)
    countries = list(joiners.order_by().values_list("country", flat=True).distinct())
    if countries:
        due_on = _due_dates(campaign, countries, day)
        assignments_add(campaign, joiners, due_on=due_on, joined_seq=UNRECORDED)
        people = Assignment.objects.open().filter(joined_seq=UNRECORDED)
        due_dates_shift(campaign, people, Leave.objects.in_force(), since=day)


def _joiners(campaign: Campaign) -> EmployeeQuerySet:
    there = Assignment.objects.filter(campaign=campaign, employee=OuterRef("pk"))
    return audience(campaign).filter(~Exists(there))


def _due_dates(campaign: Campaign, countries: Sequence[str], day: date) -> Case:
    cases = [
        When(country=country, then=Value(joining_due_on(campaign, country, day)))
        for country in countries
    ]
    return Case(*cases, default=Value(campaign.closes_on), output_field=DateField())


def _decide(campaign: Campaign, now: datetime) -> int:
    people, root = population_digest(campaign, joined_seq=UNRECORDED)
    detail = {
        "joined": people,
        "joined_excluded": frozen_exclusions(campaign, joined_seq=UNRECORDED),
        "joined_population": root.hex(),
    }
    event = journal.append(
        "campaign.joined", actor=journal.SYSTEM, subject=campaign.ref, now=now, data=detail
    )
    Decision.objects.create(campaign=campaign, seq=event.seq, kind="joined", at=now, detail=detail)
    return event.seq
