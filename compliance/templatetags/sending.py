"""What pages about campaigns say while no mail leaves."""

from django import template
from django.utils import timezone

from compliance.campaigns.models import Campaign
from compliance.reminders.breaker import failures
from compliance.reminders.faults import transport_fault
from compliance.reminders.instance import hold
from compliance.reminders.pausing import days_moved

register = template.Library()
register.filter("failures", failures)


@register.inclusion_tag("compliance/reminders/_standing.html")
def sending_standing() -> dict[str, object]:
    """Nothing while all is well; else that all mail is stopped, or that the server takes none."""
    return {"hold": hold(), "fault": transport_fault()}


@register.inclusion_tag("compliance/reminders/_resuming.html")
def resuming(campaign: Campaign) -> dict[str, object]:
    """What a resume today would move."""
    due_on, closes_on = days_moved(campaign, now=timezone.now())
    return {"due_on": due_on, "closes_on": closes_on, "moves": due_on != campaign.due_on}
