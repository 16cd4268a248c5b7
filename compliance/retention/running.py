"""One run of retention: campaigns whose time is over, then people who left long ago."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from compliance.retention.campaigns import BUDGET, Clock, campaign_erase, run_new
from compliance.retention.disk import disk_wipe
from compliance.retention.due import campaigns_due
from compliance.retention.leavers import leavers_erase
from ledger.checkpoints import publish_or_log
from ledger.commands import Refusal


@dataclass(frozen=True)
class Ran:
    """What a run erased: by campaign, and leavers; `certificate` is None when that was nothing."""

    campaigns: Mapping[int, int]
    leavers: int
    certificates: tuple[UUID, ...]
    waiting: str = ""


def retention_run(*, clock: Clock) -> Ran:
    """Erase what is due, for at most ten minutes; running it twice, late or in two places at once
    is harmless. What was erased is signed by a checkpoint.
    """
    ends, campaigns, runs = clock() + BUDGET, {}, []
    for due in campaigns_due(now=clock()):
        run = run_new()
        if due.over and not due.hold:
            erased = campaign_erase(campaign=due.campaign, run=run, clock=clock, ends=ends)
            if erased:
                campaigns[due.campaign.pk] = erased
                runs.append(run)
    leavers, waiting = _leavers(run := run_new(), clock, ends)
    runs += [run] if leavers else []
    if runs:
        publish_or_log(now=clock())
        disk_wipe()
    return Ran(campaigns, leavers, tuple(runs), waiting)


def _leavers(run: UUID, clock: Clock, ends: datetime) -> tuple[int, str]:
    """How many went, and why the rest waits for the next run."""
    try:
        return leavers_erase(run=run, clock=clock, ends=ends), ""
    except Refusal as refusal:
        return 0, str(refusal)
