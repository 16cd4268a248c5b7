"""The planner: which mails are owed now and not there yet. Set-based; safe twice, late, at once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    Field,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    UUIDField,
    Value,
)
from django.db.models.functions import Cast

from accounts.sets import RandomUUID, insert_select, statistics_refresh
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign, CampaignState
from compliance.campaigns.policy import INVITATION
from compliance.reminders.aiming import waiting_aim
from compliance.reminders.alone import one_at_a_time
from compliance.reminders.calendar import company_day, hours_now, local_day
from compliance.reminders.endings import (
    BACK,
    SUPERSEDED,
    lapsed_settle,
    messages_move,
    stale_cancel,
)
from compliance.reminders.leaves import away_cancel, leaves_settle, on_leave
from compliance.reminders.mailed import WEEK, mailed_elsewhere, mailed_enough
from compliance.reminders.models import UNDER_WAY, WAITING, Message, MessageQuerySet, State
from compliance.reminders.schedule import Crowd, Timetable

# From so many new mails on the database's statistics are out of date.
MANY = 500
# So many crowds are named in one statement.
CROWDS = 100
# The first day of a campaign begins so long before the company's own, somewhere on earth.
_EASTERNMOST = timedelta(hours=26)
_FIELDS = ("id", "assignment", "step", "next_at", "planned_at", "leave_by", "carried_by")


@dataclass(frozen=True)
class _Owed:
    """Who is owed one step now: crowds that have the same day, and hours that end together."""

    code: int
    today: date
    # None: whatever the hour.
    until: datetime | None
    # Whether an older reminder waits for them still.
    older: bool
    crowds: tuple[Crowd, ...]


def reminders_plan(*, now: datetime, campaign_id: int | None = None) -> int:
    """Insert the messages that are due in running campaigns; returns how many are newly owed.

    UNIQUE(assignment, step) is the only idempotency key. Every campaign stands for itself: a
    planner that dies half-way leaves nothing that the next one does not finish.
    """
    with one_at_a_time("plan"):
        lapsed_settle(now=now)
        leaves_settle(now=now)
        away_cancel(now=now)
        stale_cancel(now=now)
        waiting_aim(now=now)
        owed = sum(_campaign_plan(campaign, now) for campaign in _running(now, campaign_id))
    if owed >= MANY:
        # The fence of each start would read every open assignment otherwise.
        statistics_refresh(Assignment)
    return owed


def people_to_mail(campaign: Campaign, now: datetime) -> AssignmentQuerySet:
    """Open assignments that mails reach, of people who are not on leave."""
    running = people_reached(campaign).filter(campaign__state=CampaignState.RUNNING)
    return running.filter(~on_leave(now))


def people_reached(campaign: Campaign) -> AssignmentQuerySet:
    """Open assignments that mails reach, of people on leave and of a paused campaign too."""
    people = Assignment.objects.open().exclude(campaign__state=CampaignState.CLOSED)
    reached = people.filter(campaign=campaign, employee__active=True, undeliverable=False)
    return reached.order_by()


def crowds(people: AssignmentQuerySet) -> list[Crowd]:
    """`people`, by what decides when their mails come due."""
    keys = ("country", "time_zone", "counts_from", "due_on", "mailed_on", "owed__step")
    owed = FilteredRelation("messages", condition=Q(messages__next_at__isnull=False))
    rows = people.annotate(owed=owed).order_by().values_list(*keys).annotate(people=Count("pk"))
    return [Crowd(*row) for row in rows.order_by(*keys)]


def _running(now: datetime, campaign_id: int | None) -> Sequence[Campaign]:
    rows = Campaign.objects.filter(
        state=CampaignState.RUNNING,
        opens_on__lte=company_day(now + _EASTERNMOST),
        closes_on__gte=company_day(now),
    )
    return list(rows if campaign_id is None else rows.filter(pk=campaign_id))


def _campaign_plan(campaign: Campaign, now: datetime) -> int:
    people = people_to_mail(campaign, now)
    owed = _owed_now(campaign, crowds(people), now)
    return sum(_owe(campaign, people, step, now) for step in owed)


def _owed_now(campaign: Campaign, groups: Sequence[Crowd], now: datetime) -> Iterator[_Owed]:
    """Step by step, whom it is owed at this moment; so many crowds that a statement can name."""
    steps: dict[tuple[int, date, datetime | None, bool], list[Crowd]] = defaultdict(list)
    timetable = Timetable(campaign)
    for crowd in groups:
        today = local_day(crowd.time_zone, now)
        code = timetable.owed_step(crowd, today)
        if code is None or crowd.waits_for in (INVITATION, code):
            continue
        until = hours_now(crowd.country, crowd.time_zone, now)
        at_once = campaign.send_now and code == INVITATION
        if company_day(now) >= campaign.opens_on if at_once else until is not None:
            older = crowd.waits_for is not None
            steps[code, today, None if at_once else until, older].append(crowd)
    for key, owed in sorted(steps.items(), key=_older_first):
        for start in range(0, len(owed), CROWDS):
            yield _Owed(*key, tuple(owed[start : start + CROWDS]))


def _owe(campaign: Campaign, people: AssignmentQuerySet, owed: _Owed, now: datetime) -> int:
    """Owe it to everybody of these crowds who may have it: a new message, or the cancelled one."""
    due = crowd = people.filter(_any_of(owed.crowds))
    if owed.until is not None:
        due = _not_too_much(due, campaign, owed, now)
    if owed.code != INVITATION:
        due = _reminded_next(campaign, due, owed, now)
    back = _owe_again(campaign, crowd, due, owed, now)
    there = Message.objects.filter(assignment=OuterRef("pk"), step=owed.code)
    rows = due.filter(~Exists(there)).values_list(
        RandomUUID(),
        F("pk"),
        _constant(owed.code, SmallIntegerField()),
        *(_constant(moment, DateTimeField()) for moment in (now, now, owed.until)),
        _carrier(campaign, Q(assignment__employee=OuterRef("employee"))),
    )
    new = insert_select(Message, _FIELDS, rows, skip_existing=True)
    if new >= MANY:
        # What comes next looks into the messages of each person.
        statistics_refresh(Message)
    return back + new


@transaction.atomic
def _owe_again(
    campaign: Campaign,
    crowd: AssignmentQuerySet,
    due: AssignmentQuerySet,
    owed: _Owed,
    now: datetime,
) -> int:
    """What was cancelled meanwhile (a pause, a leave) is owed as anew: its hours, its carrier."""
    cancelled = Message.objects.filter(assignment__in=due, step=owed.code, state=State.CANCELLED)
    back = messages_move(cancelled, State.PENDING, reason=BACK, now=now, skip_locked=True)
    if back:
        rows = Message.objects.filter(
            assignment__in=crowd, step=owed.code, state=State.PENDING, state_at=now
        )
        same_person = Q(assignment__employee__assignments=OuterRef("assignment"))
        rows.update(leave_by=owed.until, carried_by=_carrier(campaign, same_person))
    return back


def _reminded_next(
    campaign: Campaign, people: AssignmentQuerySet, owed: _Owed, now: datetime
) -> AssignmentQuerySet:
    """Whoever can be reminded now; an older reminder that still waits gives way to this one."""
    messages = _messages_of_person()
    if owed.older:
        older = Message.objects.filter(
            Q(assignment__in=people), ~Q(step=owed.code), Q(state__in=WAITING, step__gt=INVITATION)
        )
        messages_move(older, State.CANCELLED, reason=SUPERSEDED, now=now, skip_locked=True)
    due = people.filter(~Exists(messages.filter(state__in=(*WAITING, *UNDER_WAY))))
    reminded = messages.filter(step__gt=INVITATION).exclude(state=State.CANCELLED)
    counts = reminded.order_by().values("assignment").annotate(number=Count("pk")).values("number")
    return due.alias(reminded=Subquery(counts)).filter(
        Q(reminded=None) | Q(reminded__lt=campaign.reminders.at_most)
    )


def _not_too_much(
    people: AssignmentQuerySet, campaign: Campaign, owed: _Owed, now: datetime
) -> AssignmentQuerySet:
    """Nobody who had a mail of ours today, or this week as many as the company allows."""
    others = _others(campaign).exists()
    if others:
        people = people.filter(~mailed_elsewhere(owed.today))
    # Whom only this campaign mails and has not mailed for a week need not be looked up.
    lately = any(crowd.mailed_on and owed.today - crowd.mailed_on <= WEEK for crowd in owed.crowds)
    if settings.MAILS_PER_WEEK and (others or lately):
        people = people.exclude(mailed_enough(now))
    return people


def _carrier(campaign: Campaign, same_person: Q) -> Any:
    """The mail of another campaign that waits for the same person: both leave as one."""
    waiting = Message.objects.filter(same_person, state__in=WAITING, carried_by=None)
    waiting = waiting.exclude(assignment__campaign=campaign)
    if not _others(campaign).exists():
        return _constant(None, UUIDField())
    return Subquery(waiting.order_by("next_at", "pk").values("pk")[:1])


def _older_first(owed: tuple[tuple[int, date, datetime | None, bool], list[Crowd]]) -> bool:
    """Whoever waits for an older reminder is dealt with before anybody new is owed a mail."""
    (_, _, _, older), _ = owed
    return not older


def _any_of(crowds: Sequence[Crowd]) -> Q:
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for crowd in crowds:
        alike[crowd.time_zone, crowd.counts_from, crowd.due_on, crowd.mailed_on].append(
            crowd.country
        )
    people = Q()
    for (zone, since, due_on, mailed_on), countries in alike.items():
        people |= Q(
            country__in=countries,
            time_zone=zone,
            counts_from=since,
            due_on=due_on,
            mailed_on=mailed_on,
        )
    return people


def _others(campaign: Campaign) -> QuerySet[Campaign]:
    return Campaign.objects.exclude(pk=campaign.pk).exclude(state=CampaignState.DRAFT)


def _constant(value: object, field: "Field[Any, Any]") -> Any:
    """A column that is the same in every row; PostgreSQL wants to be told what kind a NULL is."""
    literal = Value(value, output_field=field)
    return Cast(literal, field) if value is None else literal


def _messages_of_person() -> MessageQuerySet:
    return Message.objects.filter(assignment=OuterRef("pk"))
