"""Simulations of campaigns as they stand: before the launch, while they run, for one person."""

from datetime import datetime

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from compliance.campaigns.audience import asked
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign, CampaignState
from compliance.campaigns.policy import INVITATION
from compliance.reminders.models import Message, State
from compliance.reminders.plan import people_to_mail
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


def outlook(campaign: Campaign, *, now: datetime) -> Simulation:
    """What the campaign would send from now on; for a draft, were it launched now."""
    if campaign.state == CampaignState.DRAFT:
        return simulate(campaign, _stands_of_draft(campaign), now=now)
    if campaign.state == CampaignState.CLOSED:
        return Simulation(())
    running = people_to_mail(campaign, now)
    return simulate(campaign, _stands(running), now=now)


def outlook_for(assignment: Assignment, *, now: datetime) -> Simulation:
    """What one person would get from now on."""
    people = people_to_mail(assignment.campaign, now).filter(pk=assignment.pk)
    return simulate(assignment.campaign, _stands(people), now=now)


def _stands(people: AssignmentQuerySet) -> list[Stand]:
    """They are few: people who were invited on one day and live in one country stand alike."""
    keys = ("country", "time_zone", "counts_from", "due_on", "mailed_on")
    alike = people.annotate(reminded=Coalesce(Subquery(_REMINDERS), 0)).values_list(
        *keys, "reminded"
    )
    rows = alike.annotate(people=Count("pk")).order_by(*keys, "reminded")
    return [
        _stand(Crowd(country, zone, since, due_on, mailed_on, people=people), reminded)
        for country, zone, since, due_on, mailed_on, reminded, people in rows
    ]


def _stand(crowd: Crowd, reminded: int) -> Stand:
    return Stand(crowd, reminded, (crowd.mailed_on,) if crowd.mailed_on else ())


def _stands_of_draft(campaign: Campaign) -> list[Stand]:
    places = asked(campaign).order_by().values_list("country", "time_zone")
    counts = places.annotate(people=Count("pk")).order_by("country", "time_zone")
    return [
        Stand(Crowd(country, zone, None, campaign.due_on, None, people=people))
        for country, zone, people in counts
    ]
