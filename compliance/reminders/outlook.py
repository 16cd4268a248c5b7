"""Simulations of campaigns as they stand: before the launch, while they run, for one person."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from accounts.directory.models import Employee
from accounts.sets import TextList
from compliance.campaigns.audience import asked
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign, CampaignState
from compliance.campaigns.policy import INVITATION
from compliance.reminders.leave_days import due_on_at_launch
from compliance.reminders.leaves import Span
from compliance.reminders.mailed import mails_lately
from compliance.reminders.models import Leave, Message, MessageQuerySet, State
from compliance.reminders.pausing import campaign_resumed, crowd_resumed
from compliance.reminders.plan import people_reached
from compliance.reminders.schedule import Crowd
from compliance.reminders.simulation import Simulation, Stand, simulate

# What decides when a running campaign's mails come due; which of them people had, and on which
# days of the last week.
_KEYS = ("country", "time_zone", "counts_from", "due_on", "mailed_on")
_MAILED = ("had", "lately")
_PLACE = ("country", "time_zone")
_Leaves = dict[UUID, tuple[Span, ...]]


def outlook(campaign: Campaign, *, now: datetime) -> Simulation:
    """What the campaign would send from now on; a draft or a paused one, were it begun now."""
    if campaign.state == CampaignState.DRAFT:
        return _draft(campaign, asked(campaign), now)
    if campaign.state == CampaignState.CLOSED:
        return Simulation(())
    return _running(campaign, people_reached(campaign), now)


def outlook_for(assignment: Assignment, *, now: datetime) -> Simulation:
    """What one person would get from now on."""
    people = people_reached(assignment.campaign).filter(pk=assignment.pk)
    return _running(assignment.campaign, people, now)


def outlook_in_draft(campaign: Campaign, employee: Employee, *, now: datetime) -> Simulation:
    """What `employee` would get, were the draft launched now."""
    return _draft(campaign, asked(campaign).filter(pk=employee.pk), now)


def _running(campaign: Campaign, people: AssignmentQuerySet, now: datetime) -> Simulation:
    mailed = people.annotate(had=_had(), lately=_lately(now))
    stands = [
        replace(stand, crowd=crowd_resumed(stand.crowd, campaign, now=now))
        for stand in (*_alike(mailed), *_with_leave(mailed))
    ]
    return simulate(campaign_resumed(campaign, now=now), stands, now=now)


def _alike(people: AssignmentQuerySet) -> Iterator[Stand]:
    """They are few: people who were invited on one day and live in one country stand alike."""
    working = people.filter(~_leave_of("employee")).values_list(*_KEYS, *_MAILED)
    counts = working.annotate(people=Count("pk")).order_by(*_KEYS, *_MAILED)
    for *keys, had, lately, number in counts:
        yield _stand(replace(Crowd(*keys), people=number), had, lately)


def _with_leave(people: AssignmentQuerySet) -> Iterator[Stand]:
    """Each for themselves: whoever is on leave, or will be."""
    away = people.filter(_leave_of("employee"))
    leaves = _leaves(away.values("employee"))
    for *keys, had, lately, employee in away.values_list(*_KEYS, *_MAILED, "employee").iterator():
        alone = _stand(replace(Crowd(*keys), people=1), had, lately)
        yield replace(alone, leaves=leaves[employee])


def _stand(crowd: Crowd, had: str | None, lately: str | None) -> Stand:
    steps = frozenset(map(int, had.split(","))) if had else frozenset[int]()
    days = set(map(date.fromisoformat, lately.split(","))) if lately else set[date]()
    recent = days | ({crowd.mailed_on} if crowd.mailed_on else set())
    return Stand(crowd, len(steps - {INVITATION}), tuple(sorted(recent)), had=steps)


def _had() -> Subquery:
    """The steps of all mails that a person had, as text; one that waits is still to come."""
    over = Message.objects.filter(next_at=None).exclude(state=State.CANCELLED)
    return _of_person(over, TextList("step"))


def _lately(now: datetime) -> Subquery:
    """The company's days on which this campaign mailed a person lately, as text."""
    return _of_person(mails_lately(now), TextList(TruncDate("dated_at")))


def _of_person(mails: MessageQuerySet, text: TextList) -> Subquery:
    mine = mails.filter(assignment=OuterRef("pk")).order_by().values("assignment")
    return Subquery(mine.annotate(text=text).values("text"))


def _draft(campaign: Campaign, people: QuerySet[Employee], now: datetime) -> Simulation:
    return simulate(campaign, list(_stands_of_draft(campaign, people.order_by(), now)), now=now)


def _stands_of_draft(
    campaign: Campaign, people: QuerySet[Employee], now: datetime
) -> Iterator[Stand]:
    here = people.filter(~_leave_of("pk")).values_list(*_PLACE)
    for country, zone, number in here.annotate(people=Count("pk")).order_by(*_PLACE):
        yield Stand(Crowd(country, zone, None, campaign.due_on, None, people=number))
    away = people.filter(_leave_of("pk"))
    leaves = _leaves(away.values("pk"))
    for country, zone, employee in away.values_list(*_PLACE, "pk").iterator():
        due_on = due_on_at_launch(campaign, country, leaves[employee], now=now)
        crowd = Crowd(country, zone, None, due_on, None, people=1)
        yield Stand(crowd, leaves=leaves[employee])


def _leave_of(person: str) -> Exists:
    """Somebody has a leave that reminders do not count in yet: most often one to come."""
    return Exists(Leave.objects.filter(employee=OuterRef(person), settled=False))


def _leaves(people: QuerySet[Any, Any]) -> _Leaves:
    rows = Leave.objects.filter(employee__in=people, settled=False).order_by("starts_on")
    leaves: _Leaves = defaultdict(tuple)
    for employee, *span in rows.values_list("employee", "starts_on", "ends_on"):
        leaves[employee] += ((span[0], span[1]),)
    return leaves
