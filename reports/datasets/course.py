"""What was decided about a campaign, read from the ledger's own text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.campaigns.models import Campaign, CampaignState
from ledger.commands import Refusal
from ledger.models import Event

_STATE_AFTER = {
    "launched": CampaignState.RUNNING,
    "paused": CampaignState.PAUSED,
    "resumed": CampaignState.RUNNING,
    "closed": CampaignState.CLOSED,
}


@dataclass(frozen=True)
class Recorded:
    """One event as it was hashed: what happened to whom, when, who did it, and its data."""

    seq: int
    kind: str
    at: datetime
    actor: str
    subject: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Course:
    """What the decisions up to a position made of a campaign; the first one is its launch."""

    decisions: tuple[Recorded, ...]

    @property
    def launch(self) -> Recorded:
        """The launch, with every parameter and count that it committed to."""
        return self.decisions[0]

    @property
    def state(self) -> CampaignState:
        """Where the campaign stands after the last decision."""
        return [_STATE_AFTER[each.kind] for each in self.decisions if each.kind in _STATE_AFTER][-1]

    @property
    def joined(self) -> tuple[Recorded, ...]:
        """Each time that people joined after the launch."""
        return tuple(each for each in self.decisions if each.kind == "joined")

    def people(self, seq: int) -> int:
        """How many were in scope at event `seq`, as launch and later joins have it."""
        added = [int(each.data["joined"]) for each in self.joined if each.seq <= seq]
        return int(self.launch.data["in_scope"]) + sum(added)

    def value(self, name: str) -> Any:
        """A parameter as the last decision about it has it."""
        return [each.data[name] for each in self.decisions if name in each.data][-1]

    def day(self, name: str) -> date:
        """`opens_on`, `due_on` or `closes_on` as the last decision about it has it."""
        return date.fromisoformat(self.value(name))


def recorded(event: Event) -> Recorded:
    """The event's text, read."""
    body = json.loads(event.body)
    kind, at = body["kind"].rpartition(".")[2], datetime.fromisoformat(body["at"])
    return Recorded(event.seq, kind, at, body["actor"], body["subject"], body["data"])


def course_at(campaign: Campaign, seq: int) -> Course:
    """The campaign's decisions up to event `seq`. Raises Refusal when the ledger lacks one."""
    numbers = list(campaign.decisions.filter(seq__lte=seq).values_list("seq", flat=True))
    events = Event.objects.filter(seq__in=numbers).order_by("seq")
    decisions = tuple(recorded(event) for event in events)
    if len(decisions) != len(numbers) or not decisions or decisions[0].kind != "launched":
        raise Refusal(
            f"The ledger does not hold every decision about “{campaign}”. Nothing is released:"
            " run verify_ledger to see what was changed."
        )
    return Course(decisions)
