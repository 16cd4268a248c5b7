"""A campaign as of a ledger position, as it is wanted: all that every dataset is told."""

from dataclasses import dataclass, field
from datetime import datetime

from compliance.campaigns.models import Campaign
from ledger.commands import Refusal
from ledger.journal import position as ledger_position
from ledger.models import Event
from reports.datasets.course import recorded
from reports.datasets.options import Options


@dataclass(frozen=True)
class Position:
    """One campaign, the ledger event `seq` up to which everything counts, and the options."""

    campaign: Campaign
    seq: int
    at: datetime
    hash: bytes
    options: Options = field(default_factory=Options)


def position_take(campaign: Campaign, seq: int, options: Options | None = None) -> Position:
    """The campaign as of event `seq`. Raises Refusal before its launch or beyond the ledger, and
    for a roll-forward that would begin after it.
    """
    if campaign.launched_seq is None:
        raise Refusal(f"“{campaign}” is a draft. Launch it first: only then is there a record.")
    last, _ = ledger_position()
    if not campaign.launched_seq <= seq <= last:
        raise Refusal(
            f"“{campaign}” can be exported as of ledger positions {campaign.launched_seq}"
            f" (its launch) to {last} (now), not as of {seq}."
        )
    options = options or Options()
    if options.previous is not None and options.previous > seq:
        raise Refusal(
            f"A roll-forward to ledger position {seq} cannot begin at {options.previous}. Name an"
            " earlier position."
        )
    event = Event.objects.get(seq=seq)
    return Position(campaign, seq, recorded(event).at, bytes(event.hash), options)
