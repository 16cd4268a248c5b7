"""Simulations of campaigns as they stand: before the launch, while they run, for one person."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.directory.models import Employee
from compliance.campaigns.audience import asked
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign, CampaignState
from compliance.campaigns.policy import INVITATION
from compliance.reminders.leave_days import due_on_at_launch
from compliance.reminders.leaves import Span
from compliance.reminders.models import Leave, Message, State
from compliance.reminders.plan import people_reached
from compliance.reminders.schedule import Crowd
from compliance.reminders.simulation import Simulation, Stand, simulate

_REMINDERS = (
    Message.objects.filter(assignment=OuterRef("pk"), step__gt=INVITATION)
    .exclude(state=State.CANCELLED)
    .order_by()
    .values("assignment")
    .annotate(number=Count("pk"))
    .values("number")
)
# What decides when a running campaign's mails come due; and how often people were reminded.
_KEYS = ("country", "time_zone", "counts_from", "due_on", "mailed_on")
_REMINDED = "reminded"
_PLACE = ("country", "time_zone")
_Leaves = dict[UUID, tuple[Span, ...]]


def outlook(campaign: Campaign, *, now: datetime) -> Simulation:
    """What the campaign would send from now on; for a draft, were it launched now."""
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
    return simulate(campaign, [*_alike(people), *_with_leave(people)], now=now)


def _alike(people: AssignmentQuerySet) -> Iterator[Stand]:
    """They are few: people who were invited on one day and live in one country stand alike."""
    reminded = people.filter(~_leave_of("employee")).annotate(reminded=_reminded())
    counts = reminded.values_list(*_KEYS, _REMINDED).annotate(people=Count("pk"))
    for *keys, times, number in counts.order_by(*_KEYS, _REMINDED):
        yield _stand(replace(Crowd(*keys), people=number), times)


def _with_leave(people: AssignmentQuerySet) -> Iterator[Stand]:
    """Each for themselves: whoever is on leave, or will be."""
    away = people.filter(_leave_of("employee")).annotate(reminded=_reminded())
    leaves = _leaves(away.values("employee"))
    had = _had(away.values("pk"))
    rows = away.values_list(*_KEYS, _REMINDED, "employee", "pk")
    for *keys, times, employee, key in rows.iterator():
        alone = _stand(replace(Crowd(*keys), people=1), times)
        yield replace(alone, leaves=leaves[employee], had=frozenset(had[key]))


def _stand(crowd: Crowd, reminded: int) -> Stand:
    return Stand(crowd, reminded, (crowd.mailed_on,) if crowd.mailed_on else ())


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


def _reminded() -> Coalesce:
    return Coalesce(Subquery(_REMINDERS), 0)


def _leave_of(person: str) -> Exists:
    """Somebody has a leave that reminders do not count in yet: most often one to come."""
    return Exists(Leave.objects.filter(employee=OuterRef(person), settled=False))


def _leaves(people: QuerySet[Any, Any]) -> _Leaves:
    rows = Leave.objects.filter(employee__in=people, settled=False).order_by("starts_on")
    leaves: _Leaves = defaultdict(tuple)
    for employee, *span in rows.values_list("employee", "starts_on", "ends_on"):
        leaves[employee] += ((span[0], span[1]),)
    return leaves


def _had(people: QuerySet[Any, Any]) -> dict[UUID, set[int]]:
    """Which steps these people had; one that waits is still to come."""
    sent = Message.objects.filter(assignment__in=people, next_at=None)
    had: dict[UUID, set[int]] = defaultdict(set)
    for key, step in sent.exclude(state=State.CANCELLED).values_list("assignment", "step"):
        had[key].add(step)
    return had
