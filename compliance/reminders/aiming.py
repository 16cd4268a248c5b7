"""Aiming: what could not leave within its hours waits for the person's next working hours."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from compliance.reminders.calendar import Moments, hours_next
from compliance.reminders.models import WAITING, Message, MessageQuerySet
from compliance.reminders.picked import picked_update


def waiting_aim(*, now: datetime) -> int:
    """Aim every waiting message whose hours are over at the next ones; returns how many."""
    missed = Message.objects.owed().filter(state__in=WAITING, next_at__lte=now, leave_by__lte=now)
    places: dict[Moments, list[Q]] = defaultdict(list)
    for country, zone in missed.values_list(
        "assignment__country", "assignment__time_zone"
    ).distinct():
        place = Q(assignment__country=country, assignment__time_zone=zone)
        places[hours_next(country, zone, now)].append(place)
    return sum(_aim(missed, hours, somewhere) for hours, somewhere in places.items())


def _aim(missed: MessageQuerySet, hours: Moments, places: list[Q]) -> int:
    anywhere = Q()
    for place in places:
        anywhere |= place
    next_at, leave_by = hours
    with transaction.atomic():
        rows = missed.filter(anywhere)
        return len(picked_update(rows, skip_locked=True, next_at=next_at, leave_by=leave_by))
