"""What officers have to know: how far each campaign is, and what waits for a decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from compliance.campaigns.models import TRANSPORT, AssignmentQuerySet, Campaign, CampaignState
from compliance.campaigns.progress import Totals, totals
from compliance.reminders.calendar import local_day, working_days_before
from compliance.reminders.faults import Fault, transport_fault
from compliance.reminders.models import WAITING, Leave, Message, Outcome, State


@dataclass(frozen=True)
class Need:
    """Something that waits for somebody: in words, and the page where it is settled."""

    text: str
    url: str


@dataclass(frozen=True)
class Standing:
    """How far one campaign is, and what is wrong with it."""

    campaign: Campaign
    totals: Totals
    uncertain: int
    stalled: bool
    broken: bool

    @property
    def url(self) -> str:
        """The campaign's page."""
        return settings.PUBLIC_URL + reverse("campaign", args=[self.campaign.pk])

    @property
    def needs(self) -> list[Need]:
        """What waits for a decision, the gravest first."""
        return list(self._needs())

    def _needs(self) -> Iterator[Need]:
        if self.broken:
            yield Need(
                "Paused by Optrail: something is wrong with the mail server",
                _sending("undeliverable"),
            )
        if self.stalled:
            yield Need("Nothing was sent for a working day, though mails are owed", _sending())
        if self.uncertain:
            what = _many(self.uncertain, "mail was perhaps sent", "mails were perhaps sent")
            yield Need(what, _sending("uncertain"))
        if self.totals.undeliverable:
            people = _many(self.totals.undeliverable, "person gets", "people get")
            yield Need(f"{people} no mails: undeliverable", _sending("undeliverable"))
        if self.totals.need_help:
            people = _many(self.totals.need_help, "person asks", "people ask")
            yield Need(f"{people} for help", self._people("need_help"))

    def _people(self, status: str) -> str:
        query = {"status": status}
        path = reverse("campaign_people", args=[self.campaign.pk], query=query)
        return settings.PUBLIC_URL + path


@dataclass(frozen=True)
class Digest:
    """Every campaign that runs or is paused."""

    standings: list[Standing]
    fault: Fault | None

    @property
    def needs(self) -> int:
        """How many matters wait for a decision."""
        return sum(len(standing.needs) for standing in self.standings) + bool(self.fault)


def digest(*, now: datetime) -> Digest:
    """How everything stands at `now`: a few counting statements for each campaign."""
    live = Campaign.objects.filter(state__in=(CampaignState.RUNNING, CampaignState.PAUSED))
    uncertain = _uncertain()
    standings = [
        Standing(
            campaign=campaign,
            totals=totals(campaign),
            uncertain=uncertain.get(campaign.pk, 0),
            stalled=stalled(campaign, now=now),
            broken=_broken(campaign),
        )
        for campaign in live.order_by("pk")
    ]
    return Digest(standings, transport_fault())


def stalled(campaign: Campaign, *, now: datetime) -> bool:
    """Whether a running campaign sent nothing since the last working day began, though mails
    were owed by then, or people who should have been invited were not.
    """
    day = working_days_before("", local_day("", now) - timedelta(days=1), 0)
    since = timezone.make_aware(datetime.combine(day, time.min))
    if campaign.state != CampaignState.RUNNING or _sent_since(campaign, since):
        return False
    mails = Message.objects.filter(assignment__campaign=campaign)
    if mails.filter(state__in=WAITING, next_at__lt=since).exists():
        return True
    return campaign.opens_on < day and _forgotten(campaign, now).exists()


def _forgotten(campaign: Campaign, now: datetime) -> AssignmentQuerySet:
    """Those asked from the beginning and not away who never were sent or owed a mail."""
    away = Leave.objects.covering(now).filter(employee=OuterRef("employee"))
    people = campaign.assignments.remindable().filter(~Exists(away), messages=None)
    return people.filter(invited_on=None, undeliverable=False, joined_seq=None)


def _sent_since(campaign: Campaign, since: datetime) -> bool:
    tries = Outcome.objects.filter(attempt__gt=0, at__gte=since, state=State.ACCEPTED)
    return tries.filter(message__assignment__campaign=campaign).exists()


def _broken(campaign: Campaign) -> bool:
    if campaign.state != CampaignState.PAUSED:
        return False
    last = campaign.decisions.filter(kind="paused").last()
    return last is not None and last.detail.get("reason") == TRANSPORT


def _uncertain() -> dict[int, int]:
    rows = Message.objects.filter(decidable=True, state=State.UNCERTAIN).order_by()
    return dict(rows.values_list("assignment__campaign").annotate(Count("pk")))


def _many(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _sending(kind: str = "") -> str:
    query = {"list": kind} if kind else None
    return settings.PUBLIC_URL + reverse("sending", query=query)
