"""The planner: which mails are owed now and not there yet. Set-based; safe twice, late, at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, SmallIntegerField, Value
from django.utils import timezone

from accounts.sets import RandomUUID, insert_select, statistics_refresh
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign, CampaignState
from compliance.reminders.calendar import reminder_cutoff, resting_countries, window_open
from compliance.reminders.endings import (
    BACK,
    SUPERSEDED,
    lapsed_settle,
    messages_move,
    stale_cancel,
)
from compliance.reminders.models import (
    INVITATION,
    UNDER_WAY,
    WAITING,
    Message,
    MessageQuerySet,
    State,
)

# From so many new mails on the database's statistics are out of date.
MANY = 500
_FIELDS = ("id", "assignment", "step", "next_at", "planned_at")


def reminders_plan(*, now: datetime, campaign_id: int | None = None) -> int:
    """Insert the messages that are due in running campaigns; returns how many are newly owed.

    UNIQUE(assignment, step) is the only idempotency key. Every statement stands for itself: a
    planner that dies half-way leaves nothing that the next one does not finish.
    """
    lapsed_settle(now=now)
    stale_cancel(now=now)
    owed = sum(_campaign_plan(campaign, now) for campaign in _running(now, campaign_id))
    if owed >= MANY:
        # The fence of each start would read every open assignment otherwise.
        statistics_refresh(Assignment)
        statistics_refresh(Message)
    return owed


def _running(now: datetime, campaign_id: int | None) -> Sequence[Campaign]:
    today = timezone.localdate(now)
    rows = Campaign.objects.filter(
        state=CampaignState.RUNNING, opens_on__lte=today, closes_on__gte=today
    )
    return list(rows if campaign_id is None else rows.filter(pk=campaign_id))


def _campaign_plan(campaign: Campaign, now: datetime) -> int:
    today = timezone.localdate(now)
    people = (
        Assignment.objects.remindable().filter(campaign=campaign, undeliverable=False).order_by()
    )
    at_work = people.exclude(country__in=resting_countries(today))
    may_leave = window_open(now)
    owed = 0
    if campaign.send_now or may_leave:
        owed += _invitations_plan(people if campaign.send_now else at_work, now)
    if may_leave:
        owed += _reminders_plan(campaign, at_work, today, now)
    return owed


def _invitations_plan(people: AssignmentQuerySet, now: datetime) -> int:
    live = _messages_of_person().filter(step=INVITATION).exclude(state=State.CANCELLED)
    return _owe(people.filter(~Exists(live), invited_on=None), INVITATION, now)


def _reminders_plan(
    campaign: Campaign, people: AssignmentQuerySet, today: date, now: datetime
) -> int:
    invited = people.filter(Q(mailed_on=None) | Q(mailed_on__lt=today), invited_on__isnull=False)
    countries = sorted(set(invited.values_list("country", flat=True).distinct()))
    due = _due_by_step(campaign.reminder_days, countries, today)
    return sum(_reminder_plan(invited.filter(days), step, now) for step, days in due)


def _reminder_plan(invited: AssignmentQuerySet, step: int, now: datetime) -> int:
    """Only the highest due step, and only when no mail of that step or a higher one is there."""
    messages = _messages_of_person()
    higher = messages.filter(step__gte=step).exclude(state=State.CANCELLED)
    busy = messages.filter(Q(state__in=UNDER_WAY) | Q(state__in=WAITING, step=INVITATION))
    due = invited.filter(~Exists(higher), ~Exists(busy))
    older = Message.objects.filter(
        assignment__in=due, state__in=WAITING, step__gt=INVITATION, step__lt=step
    )
    messages_move(older, State.CANCELLED, reason=SUPERSEDED, now=now, skip_locked=True)
    waiting = messages.filter(state__in=(*WAITING, *UNDER_WAY))
    return _owe(due.filter(~Exists(waiting)), step, now)


def _owe(people: AssignmentQuerySet, step: int, now: datetime) -> int:
    """Owe `people` the message of `step`: a new one, or the one that was cancelled meanwhile."""
    cancelled = Message.objects.filter(assignment__in=people, step=step, state=State.CANCELLED)
    back = messages_move(cancelled, State.PENDING, reason=BACK, now=now, skip_locked=True)
    moment = Value(now, output_field=DateTimeField())
    number = Value(step, output_field=SmallIntegerField())
    rows = people.values_list(RandomUUID(), F("pk"), number, moment, moment)
    return back + insert_select(Message, _FIELDS, rows, skip_existing=True)


def _due_by_step(
    reminder_days: Sequence[int], countries: Sequence[str], today: date
) -> Iterator[tuple[int, Q]]:
    """Step → whom it is the highest due one for: by country, invited in which span of days."""
    for step, offset in enumerate(reminder_days, start=1):
        later = reminder_days[step] if step < len(reminder_days) else None
        spans: Mapping[tuple[date, date | None], list[str]] = defaultdict(list)
        for country in countries:
            since = reminder_cutoff(country, today, later) if later is not None else None
            spans[reminder_cutoff(country, today, offset), since].append(country)
        if spans:
            yield step, _any_of(spans)


def _any_of(spans: Mapping[tuple[date, date | None], list[str]]) -> Q:
    days = Q()
    for (until, since), countries in spans.items():
        span = Q(country__in=countries, invited_on__lte=until)
        days |= span & Q(invited_on__gt=since) if since is not None else span
    return days


def _messages_of_person() -> MessageQuerySet:
    return Message.objects.filter(assignment=OuterRef("pk"))
