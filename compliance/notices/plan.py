"""Which notices are owed: each once for its period, however often and late this runs."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.signin.models import Role, User
from compliance.campaigns.models import TRANSPORT, Campaign, CampaignState, Decision
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.teams import managers_of_teams
from compliance.reminders.calendar import hours_next, hours_now, local_day, working_days_between

WEEKLY, DAILY, OFF = "weekly", "daily", "off"
_CHUNK = 5_000
_TUESDAY, _FRIDAY = 1, 4
# A pause that is older than this was told, or there was nobody to tell.
_NEWS = timedelta(days=1)


def digests_plan(*, now: datetime) -> None:
    """Owe every officer the digest: with the week's first working hour, or with each day's."""
    today = local_day("", now)
    period = today if settings.OFFICER_DIGEST == DAILY else monday(today)
    if settings.OFFICER_DIGEST == OFF or hours_now("", "", now) is None:
        return
    if not Notice.objects.filter(kind=NoticeKind.DIGEST, period=period).exists():
        _insert(_owed(NoticeKind.DIGEST, user.ref, period, now) for user in officers())


def alerts_plan(*, now: datetime) -> None:
    """Tell every officer at once, whatever the hour, that Optrail paused a campaign."""
    pauses = Decision.objects.filter(kind="paused", detail__reason=TRANSPORT, at__gt=now - _NEWS)
    for pause in pauses.order_by("seq"):
        day, key = local_day("", pause.at), pause.campaign_id
        _insert(_owed(NoticeKind.ALERT, user.ref, day, now, key) for user in officers())


def summaries_plan(*, now: datetime) -> None:
    """From Tuesday on, owe each manager of five people or more the week's counts."""
    today = local_day("", now)
    if not _TUESDAY <= today.weekday() <= _FRIDAY:
        return
    period = monday(today)
    wanted = Campaign.objects.filter(
        state=CampaignState.RUNNING, manager_summaries=True, opens_on__lte=today
    )
    planned = Notice.objects.filter(kind=NoticeKind.SUMMARY, campaign=OuterRef("pk"), period=period)
    for campaign in wanted.filter(~Exists(planned)):
        with transaction.atomic():  # all of them or none: what is there is not looked for again
            _insert(_summaries(campaign, period, now))


def notices_owe(*, kind: NoticeKind, about: str, users: Iterable[User], now: datetime) -> None:
    """Owe each of `users` the notice of `kind` about one matter; those who had it get no other."""
    today = local_day("", now)
    _insert(_owed(kind, user.ref, today, now, about=about) for user in users)


def monday(day: date) -> date:
    """The first day of the week of `day`."""
    return day - timedelta(days=day.weekday())


def begins_week(day: date) -> bool:
    """Whether `day` is its week's first working day for the company."""
    return working_days_between("", monday(day), day) == 1


def officers() -> Iterable[User]:
    """Whom a digest is for: the officers, else the administrators."""
    users = User.objects.filter(is_active=True, is_emergency=False).order_by("pk")
    return users.filter(role=Role.OFFICER) or users.filter(role=Role.ADMIN)


def _summaries(campaign: Campaign, period: date, now: datetime) -> Iterator[Notice]:
    tuesday = period + timedelta(days=_TUESDAY)
    for manager, country, zone in managers_of_teams(campaign):
        begins, ends = hours_next(country, zone, now)
        while local_day(zone, begins) < tuesday:  # it is Monday there yet
            begins, ends = hours_next(country, zone, ends)
        owed = _owed(NoticeKind.SUMMARY, f"employee:{manager}", period, now, campaign.pk)
        owed.next_at = begins
        yield owed


def _owed(
    kind: NoticeKind,
    addressee: str,
    period: date,
    now: datetime,
    campaign: int | None = None,
    *,
    about: str = "",
) -> Notice:
    return Notice(
        kind=kind,
        addressee=addressee,
        period=period,
        campaign_id=campaign,
        about=about,
        planned_at=now,
        next_at=now,
    )


def _insert(notices: Iterable[Notice]) -> None:
    """The table's UNIQUE constraints are what keeps a notice from being owed twice."""
    rows = iter(notices)
    while chunk := list(islice(rows, _CHUNK)):
        Notice.objects.bulk_create(chunk, ignore_conflicts=True)
