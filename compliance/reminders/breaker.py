"""The breaker: a mail server that refuses nearly everyone is broken; their addresses are not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from compliance.campaigns.models import TRANSPORT, Campaign, CampaignState, Decision
from compliance.campaigns.services import campaign_pause
from compliance.reminders.models import Outcome, State
from ledger.canonical import utc_text
from ledger.commands import Refusal

# A campaign is paused when of its last 50 people, each counted once, 20 were refused for good.
# One address in a hundred is refused in healthy companies: by chance that never comes to 20 of 50.
PEOPLE = 50
REFUSED = 20
# Older tries say nothing about the server as it is now; more of them need not be read.
LOOK_BACK = timedelta(hours=1)
TRIES = 1_000
# A batch of which less was refused is no reason to look.
SUSPICIOUS = 0.25
# Without a reply code the mail itself could not be written: that is no server's refusal.
_SERVER_SAID = 400


@dataclass(frozen=True)
class Try:
    """One hand-over that ended: to whom, and whether the server refused it for good."""

    person: UUID
    at: datetime
    refused: bool
    code: int = 0


@dataclass(frozen=True)
class Burst:
    """So many of the last people were refused, beginning at `since`; `code` is the last reply's."""

    refused: int
    people: int
    since: datetime
    code: int

    def facts(self) -> dict[str, object]:
        """What the ledger says about it."""
        return {
            "refused": self.refused,
            "people": self.people,
            "code": self.code,
            "since": utc_text(self.since),
        }


def suspicious(*, refused: int, tried: int) -> bool:
    """Whether a batch that ended so is worth a look by `breaker_check`."""
    return refused > 0 and refused >= SUSPICIOUS * tried


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
    """The burst of refusals in which `tries` (the latest first) ends, None when there is none.

    A person who was tried several times counts once, by the latest.
    """
    people = list(_each_person_once(tries))
    last = people[:PEOPLE]
    refused = sum(one.refused for one in last)
    if refused < REFUSED:
        return None
    code = next(one.code for one in last if one.refused)
    return Burst(refused, len(last), _beginning(people), code)


def _beginning(people: list[Try]) -> datetime:
    """The burst's first refusal: before it as many people in a row were served as disprove one."""
    since, served = people[0].at, 0
    for one in people:
        served = 0 if one.refused else served + 1
        if served > PEOPLE - REFUSED:
            break
        since = one.at if one.refused else since
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
    columns = "message__assignment__campaign", "message__assignment", "at", "state", "code"
    found = list(rows.values_list(*columns)[:TRIES])
    resumed = _resumed({row[0] for row in found})
    tries: dict[int, list[Try]] = defaultdict(list)
    for campaign, person, at, state, code in found:
        if campaign not in resumed or at > resumed[campaign]:
            refused = state == State.REJECTED and code >= _SERVER_SAID
            tries[campaign].append(Try(person, at, refused, code))
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
