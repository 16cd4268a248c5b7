"""People's own due dates move together when the campaign's does."""

from datetime import timedelta

from compliance.campaigns.models import Campaign


def due_dates_move(campaign: Campaign, *, days: int) -> None:
    """Move every open person's due date by `days`, to the campaign's last day at the latest.

    One statement for each due date, of which there are few, not for each person.
    """
    if not days:
        return
    people = campaign.assignments.open()
    # From the far end, so that nobody who was moved is met again.
    order = "-due_on" if days > 0 else "due_on"
    for due_on in list(people.order_by(order).values_list("due_on", flat=True).distinct()):
        later = min(due_on + timedelta(days=days), campaign.closes_on)
        people.filter(due_on=due_on).update(due_on=later)
