"""Which messages may be claimed, and the fence: which may be handed over at this very moment."""

from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from compliance.reminders.models import Message, MessageQuerySet, State


def claimable(now: datetime, campaign_id: int | None = None) -> MessageQuerySet:
    """Waiting messages whose time has come, of people who may be mailed, that need their own mail.

    What is over can never come back: its state is not one that waits, and its `next_at` is NULL,
    which no time is later than. Each of the two conditions suffices.
    """
    rows = Message.objects.waiting(now).permitted(now).filter(_within_hours(now))
    rows = rows.alias(carried=_carried(now)).filter(carried=False)
    return of_campaign(rows, campaign_id)


def startable(key: UUID, *, owner: UUID, now: datetime) -> MessageQuerySet:
    """Message `key`, when `owner` may hand it over now, and nobody else may.

    Claimed, by this owner, whose lease is not over; still within the person's hours; and all that
    `permitted` asks for: sending not held, campaign running and not past its last day, asked, not
    answered, not withdrawn, still with the company, not on leave.
    """
    # Looked up by its key: PostgreSQL would rather walk all leases, which are few on paper only.
    mine = Message.objects.alias(lease=Coalesce("lease_until", "planned_at")).filter(
        pk=key, state=State.LEASED, lease_owner=owner, lease__gt=now
    )
    return mine.filter(_within_hours(now)).permitted(now)


def of_campaign(rows: MessageQuerySet, campaign_id: int | None) -> MessageQuerySet:
    """`rows`, or those of one campaign."""
    return rows if campaign_id is None else rows.filter(assignment__campaign=campaign_id)


def _within_hours(now: datetime) -> Q:
    return Q(leave_by=None) | Q(leave_by__gt=now)


def _carried(now: datetime) -> Coalesce:
    """Whether the mail that it travels in can still go; a rider left behind travels alone.

    A scalar subquery for the reason that `permitted` names.
    """
    carrier = Message.objects.owed().permitted(now)
    goes = carrier.filter(pk=OuterRef("carried_by")).order_by().values_list(Value(value=True))
    return Coalesce(Subquery(goes[:1], output_field=BooleanField()), False)
