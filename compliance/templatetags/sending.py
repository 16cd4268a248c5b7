"""What every page about campaigns says while no mail leaves."""

from django import template

from compliance.reminders.faults import transport_fault
from compliance.reminders.instance import hold

register = template.Library()


@register.inclusion_tag("compliance/reminders/_standing.html")
def sending_standing() -> dict[str, object]:
    """Nothing while all is well; else that all mail is stopped, or that the server takes none."""
    return {"hold": hold(), "fault": transport_fault()}
