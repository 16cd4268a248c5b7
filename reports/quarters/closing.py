"""Closing what is over: the position at its end is noted once, and what is to be made of it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from compliance.campaigns.models import Campaign
from compliance.reminders.calendar import company_day, day_begins
from ledger import journal
from reports.quarters.models import Closing, QuarterRule, Run, StandingExport
from reports.quarters.periods import Every, Period, last_closed, quarters_between
from reports.quarters.positions import position_before
from reports.quarters.rule import SUBJECT, rule_now

# What began before midnight may be committed a little later, and belongs to the old period.
GRACE = timedelta(minutes=5)


def periods_close(*, now: datetime) -> list[Closing]:
    """Close every period that is over and was not closed; returns those that this call closed.

    Quarters are made up for, however many were missed; of months and weeks only the last one.
    """
    over = company_day(now - GRACE)
    due = [(Every.QUARTER, period) for period in _quarters(over, rule_now())]
    due += [
        (every, period)
        for every in (Every.MONTH, Every.WEEK)
        for period in _wanted(every, last_closed(every, over, 1))
    ]
    return [closing for every, period in due if (closing := _close(every, period, now))]


def live_in(period: Period, seq: int) -> QuerySet[Campaign]:
    """The campaigns launched by position `seq` and not closed before the period began."""
    open_then = Q(closed_at=None) | Q(closed_at__gte=day_begins("", period.first))
    return Campaign.objects.filter(open_then, launched_seq__lte=seq).order_by("pk")


def ended_at(period: Period) -> datetime:
    """The moment at which the period was over, by the company's clock."""
    return day_begins("", period.next_day)


def _quarters(today: date, rule: QuarterRule) -> list[Period]:
    """The quarters that are over, from the last closed one or from the first launch on."""
    last = last_closed(Every.QUARTER, today, rule.first_month).last
    closed = Closing.objects.filter(every=Every.QUARTER).order_by("-last").first()
    if closed:
        first = closed.last + timedelta(days=1)
    else:
        launches = Campaign.objects.exclude(launched_at=None).order_by("launched_at")
        launched = launches.values_list("launched_at", flat=True).first()
        if not launched:
            return []
        first = company_day(launched)
    quarters = quarters_between(first, last, rule.first_month)
    return [each for each in quarters if not rule.month_since or rule.month_since < ended_at(each)]


def _wanted(every: Every, period: Period) -> Iterator[Period]:
    """The period, when a standing export waits for it."""
    waiting = _standing(every, period).exists()
    if waiting and not Closing.objects.filter(every=every, last=period.last).exists():
        yield period


def _standing(every: str, period: Period) -> QuerySet[StandingExport]:
    """The standing exports that were there when the period ended."""
    there = StandingExport.objects.active().filter(every=every, created_at__lt=ended_at(period))
    return there.order_by("created_at", "pk")


def _close(every: Every, period: Period, now: datetime) -> Closing | None:
    """None when somebody else closed it at the same time."""
    seq = position_before(ended_at(period))
    noted = {"first": period.first, "name": period.name, "seq": seq, "at": now}
    with transaction.atomic():
        closing, mine = Closing.objects.get_or_create(every=every, last=period.last, defaults=noted)
        if not mine:
            return None
        Run.objects.bulk_create(_runs(closing, period, now))
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        data = {"every": str(every), "position": seq, **days}
        journal.append("period.closed", actor=journal.SYSTEM, subject=SUBJECT, now=now, data=data)
    return closing


def _runs(closing: Closing, period: Period, now: datetime) -> Iterator[Run]:
    live = list(live_in(period, closing.seq))
    if closing.every == Every.QUARTER:
        yield from _for(None, live, closing, now)
    for standing in _standing(closing.every, period).prefetch_related("campaigns"):
        chosen = {campaign.pk for campaign in standing.campaigns.all()}
        wanted = [each for each in live if not chosen or each.pk in chosen]
        yield from _for(standing, wanted, closing, now)


def _for(
    standing: StandingExport | None, campaigns: Iterable[Campaign], closing: Closing, now: datetime
) -> Iterator[Run]:
    for campaign in campaigns:
        yield Run(closing=closing, campaign=campaign, standing=standing, next_at=now)
