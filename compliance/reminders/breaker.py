"""The breaker: a server that refuses nearly everyone, or does not answer, is broken."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from compliance.campaigns.models import TRANSPORT, Campaign, CampaignState, Decision
from compliance.campaigns.services import campaign_pause
from compliance.reminders.endings import LINE_UNKNOWN
from compliance.reminders.models import Outcome, State
from ledger.canonical import utc_text
from ledger.commands import Refusal

# A campaign is paused when of its last 50 people, each counted once, 20 were refused for good, or
# the line broke after their mail was handed over.
# One address in a hundred is refused in healthy companies: by chance that never comes to 20 of 50.
PEOPLE = 50
FAILED = 20
# Older tries say nothing about the server as it is now; more of them need not be read.
LOOK_BACK = timedelta(hours=1)
TRIES = 1_000
# A batch of which less failed is no reason to look.
SUSPICIOUS = 0.25
# Without a reply code the mail itself could not be written: that is no server's refusal.
_SERVER_SAID = 400


@dataclass(frozen=True)
class Try:
    """One hand-over that ended: to whom, and whether the server refused it, or fell silent."""

    person: UUID
    at: datetime
    refused: bool
    code: int = 0
    lost: bool = False

    @property
    def failed(self) -> bool:
        """Whether it speaks against the server."""
        return self.refused or self.lost


@dataclass(frozen=True)
class Burst:
    """So many of the last people were refused, and so many mails never answered (`lost`).

    It begins at `since`; `code` is that of the last refusal, 0 without any.
    """

    refused: int
    people: int
    since: datetime
    code: int
    lost: int = 0

    def facts(self) -> dict[str, object]:
        """What the ledger says about it."""
        return {
            "refused": self.refused,
            "lost": self.lost,
            "people": self.people,
            "code": self.code,
            "since": utc_text(self.since),
        }


def suspicious(*, failed: int, tried: int) -> bool:
    """Whether a batch that ended so is worth a look by `breaker_check`."""
    return failed > 0 and failed >= SUSPICIOUS * tried


def failures(facts: Mapping[str, Any]) -> str:
    """`refused 20`, `refused 12 and did not answer 8`: what a burst's facts say in words."""
    counts = {"refused": facts["refused"], "did not answer": facts.get("lost", 0)}
    return " and ".join(f"{what} {number}" for what, number in counts.items() if number)


def breaker_check(*, now: datetime) -> list[Campaign]:
    """Pause every running campaign whose last tries say that the mail server is broken.

    Cheap (one read of at most 1,000 tries) and harmless from several runs at once.
    """
    tries = _recent(now)
    campaigns = Campaign.objects.in_bulk(tries)
    bursts = {key: burst(found) for key, found in tries.items()}
    return [
        campaigns[key]
        for key, found in bursts.items()
        if found and _paused(campaigns[key], found, now)
    ]


def burst(tries: Iterable[Try]) -> Burst | None:
    """The burst of failures in which `tries` (the latest first) ends, None when there is none.

    A person who was tried several times counts once, by the latest.
    """
    people = list(_each_person_once(tries))
    last = people[:PEOPLE]
    refused, lost = sum(one.refused for one in last), sum(one.lost for one in last)
    if refused + lost < FAILED:
        return None
    code = next((one.code for one in last if one.refused), 0)
    return Burst(refused, len(last), _beginning(people), code, lost)


def _beginning(people: list[Try]) -> datetime:
    """The burst's first failure: before it as many people in a row were served as disprove one."""
    since, served = people[0].at, 0
    for one in people:
        served = 0 if one.failed else served + 1
        if served > PEOPLE - FAILED:
            break
        since = one.at if one.failed else since
    return since


def _each_person_once(tries: Iterable[Try]) -> Iterator[Try]:
    seen: set[UUID] = set()
    for one in tries:
        if one.person not in seen:
            seen.add(one.person)
            yield one


def _recent(now: datetime) -> dict[int, list[Try]]:
    """The latest tries of each running campaign since it was resumed last, the latest first."""
    rows = Outcome.objects.filter(
        attempt__gt=0,
        at__gt=now - LOOK_BACK,
        message__assignment__campaign__state=CampaignState.RUNNING,
    ).order_by("-at", "-pk")
    keys = "message__assignment__campaign", "message__assignment"
    found = list(rows.values_list(*keys, "at", "state", "code", "answer")[:TRIES])
    resumed = _resumed({row[0] for row in found})
    tries: dict[int, list[Try]] = defaultdict(list)
    for campaign, person, at, state, code, answer in found:
        if campaign not in resumed or at > resumed[campaign]:
            refused = state == State.REJECTED and code >= _SERVER_SAID
            # When the program ended the server is not to blame.
            lost = state == State.UNCERTAIN and answer != LINE_UNKNOWN
            tries[campaign].append(Try(person, at, refused, code, lost))
    return tries


def _resumed(campaigns: set[int]) -> dict[int, datetime]:
    decisions = Decision.objects.filter(kind="resumed", campaign__in=campaigns).order_by()
    return dict(decisions.values_list("campaign").annotate(Max("at")))


def _paused(campaign: Campaign, found: Burst, now: datetime) -> bool:
    try:
        campaign_pause(campaign=campaign, user=None, now=now, reason=TRANSPORT, facts=found.facts())
    except Refusal:  # another run was faster
        return False
    return True
