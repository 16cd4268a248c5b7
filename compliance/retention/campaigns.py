"""Retention of campaigns: once it is over, everybody in them becomes an erased person."""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.sets import rows_lock
from compliance.campaigns.forgetting import assignments_close, frozen_blank, kept
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.notices.models import Notice
from compliance.reminders.alone import one_at_a_time
from compliance.reminders.forgetting import mails_forget
from compliance.retention.due import campaign_due_on
from compliance.retention.holds import ERASURE, holds_on_campaign, people_held
from compliance.retention.models import Erasure, Reason
from compliance.retention.numbering import Order, by_campaign, erasure_record, numbers_next
from ledger import journal
from ledger.vault import values_forget

Clock = Callable[[], datetime]
# So many people go in one transaction: memory stays flat, and the ledger's lock short.
BATCH = 2_000
_START = UUID(int=0)


def campaign_erase(
    *, campaign: Campaign, run: UUID, clock: Clock, ends: datetime, batch: int = BATCH
) -> int:
    """Erase everybody in a campaign whose retention is over; returns how many people.

    Goes on until `ends`; the next run takes up what is left. Nobody is erased under a legal hold:
    it is looked at again before each batch. Their directory entries stay: they go with
    `leavers_erase`, or on request.
    """
    campaign = Campaign.objects.get(pk=campaign.pk)
    erased, after = 0, _START
    while clock() < ends:
        with transaction.atomic(), one_at_a_time(ERASURE):
            found = _next(campaign, after, clock(), batch)
            if not found:
                break
            _erase(campaign, found, _order(campaign, run, clock()))
        erased, after = erased + len(found), found[-1]
    _finish(campaign, clock())
    return erased


def _order(campaign: Campaign, run: UUID, now: datetime) -> Order:
    return Order(campaign.ref, Reason.RETENTION, None, now, run, actor=journal.SYSTEM)


def _next(campaign: Campaign, after: UUID, now: datetime, batch: int) -> list[UUID]:
    """The next assignments that may go, by id; none while the campaign is held."""
    today = timezone.localdate(now)
    if campaign_due_on(campaign) > today or holds_on_campaign(campaign, today).exists():
        return []
    rows = _erasable(campaign, now).filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:batch])


def _erasable(campaign: Campaign, now: datetime) -> AssignmentQuerySet:
    return kept(campaign).exclude(employee__in=people_held(timezone.localdate(now)))


def _erase(campaign: Campaign, found: list[UUID], order: Order) -> Erasure:
    rows_lock(Assignment.objects.filter(pk__in=found))
    numbers = numbers_next(len(found))
    frozen_blank(campaign, dict(zip(found, numbers, strict=True)))
    counts = Counter(messages=mails_forget(found))
    counts["vault"] = values_forget(f"assignment:{pk}" for pk in found)
    campaigns = by_campaign([campaign.pk] * len(found))
    erasure = erasure_record(order, numbers, {"campaigns": campaigns, **counts})
    assignments_close(found, seq=erasure.seq)
    return erasure


def _finish(campaign: Campaign, now: datetime) -> None:
    """Once nobody is left: what managers were told goes too, and the campaign is done."""
    if kept(campaign).exists():
        return
    with transaction.atomic():
        Notice.objects.filter(campaign=campaign, addressee__startswith="employee:").delete()
        Campaign.objects.filter(pk=campaign.pk, erased_at=None).update(erased_at=now)


def run_new() -> UUID:
    """What brings the parts of one run together on its certificate."""
    return uuid.uuid4()


BUDGET = timedelta(minutes=10)
