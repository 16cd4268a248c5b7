"""A campaign as of a ledger position: the only thing that every dataset is told."""

from dataclasses import dataclass
from datetime import datetime

from compliance.campaigns.models import Campaign
from ledger.commands import Refusal
from ledger.journal import position as ledger_position
from ledger.models import Event
from reports.datasets.course import recorded


@dataclass(frozen=True)
class Position:
    """One campaign and the ledger event `seq` up to which everything counts."""

    campaign: Campaign
    seq: int
    at: datetime
    hash: bytes


def position_take(campaign: Campaign, seq: int) -> Position:
    """The campaign as of event `seq`. Raises Refusal before its launch or beyond the ledger."""
    if campaign.launched_seq is None:
        raise Refusal(f"“{campaign}” is a draft. Launch it first: only then is there a record.")
    last, _ = ledger_position()
    if not campaign.launched_seq <= seq <= last:
        raise Refusal(
            f"“{campaign}” can be exported as of ledger positions {campaign.launched_seq}"
            f" (its launch) to {last} (now), not as of {seq}."
        )
    event = Event.objects.get(seq=seq)
    return Position(campaign, seq, recorded(event).at, bytes(event.hash))
