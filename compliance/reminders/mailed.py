"""Conditions on people: how much mail of ours they have had lately, over all campaigns."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from compliance.campaigns.models import Assignment
from compliance.reminders.models import UNDER_WAY, Message, MessageQuerySet, State

WEEK = timedelta(days=7)
# These left, or may have left; a rider needed no mail of its own.
_LEFT = (State.ACCEPTED, State.UNCERTAIN, State.BOUNCED, State.WRITTEN_OFF)


def mailed_elsewhere(today: date) -> Q:
    """For assignments: another campaign mailed the person on `today`, or is doing so right now."""
    assignments = Assignment.objects.filter(employee=OuterRef("employee"), mailed_on__gte=today)
    leaving = Message.objects.filter(
        assignment__employee=OuterRef("employee"), state__in=UNDER_WAY
    ).exclude(assignment=OuterRef("pk"))
    return Q(Exists(assignments.exclude(pk=OuterRef("pk")))) | Q(Exists(leaving))


def mails_lately(now: datetime) -> MessageQuerySet:
    """The mails that left, or may have, within the last seven days."""
    return Message.objects.filter(carried_by=None, state__in=_LEFT, dated_at__gt=now - WEEK)


def mailed_enough(now: datetime) -> Q:
    """For assignments: the person had `MAILS_PER_WEEK` mails within the last seven days."""
    lately = mails_lately(now).filter(assignment__employee=OuterRef("employee"))
    counts = (
        lately.order_by()
        .values("assignment__employee")
        .annotate(number=Count("pk"))
        .values("number")
    )
    had = Coalesce(Subquery(counts), 0)
    return Q(GreaterThanOrEqual(had, settings.MAILS_PER_WEEK))
