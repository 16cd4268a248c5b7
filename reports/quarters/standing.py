"""Standing exports: an officer orders one, changes it, and somebody stops it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.signin.models import User
from ledger import journal
from ledger.commands import Refusal
from reports.quarters.models import StandingExport


@transaction.atomic
def standing_create(*, user: User, now: datetime, **wanted: Any) -> StandingExport:
    """Order an export for the end of each period from now on.

    `wanted`: name, every, kind, edition, campaigns (none: all of the time), keep_months.
    """
    campaigns = wanted.pop("campaigns")
    standing = StandingExport.objects.create(owner=user, created_at=now, **wanted)
    standing.campaigns.set(campaigns)
    _append("created", standing, user.ref, now, _said(standing))
    return standing


@transaction.atomic
def standing_change(
    *, standing: StandingExport, user: User, now: datetime, **wanted: Any
) -> StandingExport:
    """Order it differently from the next period on. Raises Refusal but for the owner's own."""
    standing = _active(standing)
    if standing.owner_id != user.pk:
        raise Refusal(
            "Only its owner can change a standing export. Order one of your own, or stop this one."
        )
    before = _said(standing)
    standing.campaigns.set(wanted.pop("campaigns"))
    for name, value in wanted.items():
        setattr(standing, name, value)
    standing.save()
    if (after := _said(standing)) != before:
        _append("changed", standing, user.ref, now, {"from": before, "to": after})
    return standing


@transaction.atomic
def standing_stop(
    *, standing: StandingExport, user: User | None, now: datetime, why: str = ""
) -> StandingExport:
    """No period that ends from now on; what was made stays. Raises Refusal when it is stopped."""
    standing = _active(standing)
    standing.stopped_at, standing.stopped_why = now, why
    standing.save(update_fields=["stopped_at", "stopped_why"])
    data = {"by": "officer" if user else "rule"}
    _append("stopped", standing, user.ref if user else journal.SYSTEM, now, data)
    return standing


def _active(standing: StandingExport) -> StandingExport:
    row = StandingExport.objects.select_for_update().get(pk=standing.pk)
    if row.stopped_at:
        raise Refusal("This standing export was stopped. Order a new one.")
    return row


def _said(standing: StandingExport) -> dict[str, object]:
    """Codes and references: its name is somebody's own words, and stands in no event."""
    return {
        "every": standing.every,
        "kind": standing.kind,
        "edition": standing.edition,
        "campaigns": [campaign.ref for campaign in standing.campaigns.order_by("pk")],
        "keep_months": standing.keep_months,
    }


def _append(
    what: str, standing: StandingExport, actor: str, now: datetime, data: Mapping[str, object]
) -> None:
    journal.append(f"standing_export.{what}", actor=actor, subject=standing.ref, now=now, data=data)
