"""After the breaker: what a broken mail server refused, and putting all of it back at once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.sets import rows_lock
from accounts.signin.models import User
from compliance.campaigns.models import (
    TRANSPORT,
    Assignment,
    Campaign,
    CampaignState,
    Decision,
)
from compliance.reminders.breaker import failures
from compliance.reminders.endings import messages_move
from compliance.reminders.models import Message, MessageQuerySet, State
from ledger import journal
from ledger.commands import Refusal

SENT_AGAIN = "sent again: the mail server had refused nearly everyone"
_LIVE = (CampaignState.RUNNING, CampaignState.PAUSED)


@dataclass(frozen=True)
class Pause:
    """A campaign that Optrail paused, and what of that is still to be dealt with."""

    campaign: Campaign
    at: datetime
    refused: int
    lost: int
    failures: str
    people: int
    waiting: int
    answer: str

    @property
    def paused(self) -> bool:
        """Whether it is paused still."""
        return self.campaign.state == CampaignState.PAUSED


def pauses() -> list[Pause]:
    """The latest pause by Optrail of each campaign that is paused by it, or has refused mails
    of that time left.
    """
    decisions = Decision.objects.filter(
        kind="paused", detail__reason=TRANSPORT, campaign__state__in=_LIVE
    )
    latest = {one.campaign_id: one for one in decisions.select_related("campaign").order_by("seq")}
    shown = (_pause(decision) for decision in latest.values())
    return [pause for pause in shown if pause is not None]


def refused_resend(*, campaign: Campaign, user: User | None, now: datetime) -> int:
    """Owe again, in one action, what was refused in the burst before Optrail paused `campaign`.

    With the same Message-IDs, to the addresses of today; returns how many. Raises Refusal when
    there is none. Nothing leaves before the campaign is resumed.
    """
    with transaction.atomic():
        decision = _latest(campaign)
        rows = _refused(decision) if decision else Message.objects.none()
        _lock(rows)
        Assignment.objects.filter(messages__in=rows).update(undeliverable=False)
        Message.objects.filter(pk__in=rows.values("pk")).update(recipient="", dated_at=None)
        count = messages_move(rows, State.PENDING, reason=SENT_AGAIN, now=now)
        if not count or decision is None:
            raise Refusal(f"Nothing that was refused in “{campaign}” at once is left to send.")
        journal.append(
            "messages.resent",
            actor=user.ref if user else "command",
            subject=campaign.ref,
            now=now,
            data={"from": State.REJECTED, "messages": count, "since": decision.detail["since"]},
        )
    return count


def _pause(decision: Decision) -> Pause | None:
    rows = _refused(decision)
    waiting = rows.count()
    stands = decision.campaign.state == CampaignState.PAUSED and _ends(decision) is None
    if not waiting and not stands:
        return None
    last = rows.order_by("-state_at").values_list("reason", flat=True).first()
    facts = decision.detail
    return Pause(
        decision.campaign,
        decision.at,
        facts["refused"],
        facts.get("lost", 0),
        failures(facts),
        facts["people"],
        waiting,
        last or "",
    )


def _latest(campaign: Campaign) -> Decision | None:
    rows = campaign.decisions.filter(kind="paused", detail__reason=TRANSPORT)
    return rows.order_by("-seq").first()


def _refused(decision: Decision) -> MessageQuerySet:
    """What was refused between the burst's beginning and the resume, to people who still wait."""
    ends = _ends(decision)
    rows = Message.objects.filter(
        state=State.REJECTED,
        state_at__gte=datetime.fromisoformat(decision.detail["since"]),
        assignment__campaign=decision.campaign_id,
        assignment__campaign__state__in=_LIVE,
        assignment__closed_at=None,
        assignment__withdrawn=False,
        assignment__employee__active=True,
    )
    return rows.filter(state_at__lte=ends) if ends else rows


def _ends(decision: Decision) -> datetime | None:
    later = Decision.objects.filter(
        campaign=decision.campaign_id, kind="resumed", seq__gt=decision.seq
    )
    return later.order_by("seq").values_list("at", flat=True).first()


def _lock(rows: MessageQuerySet) -> None:
    """Assignments before messages, in one order: as an answer locks them."""
    rows_lock(Assignment.objects.filter(messages__in=rows))
