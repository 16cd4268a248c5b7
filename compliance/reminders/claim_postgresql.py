"""Claiming on PostgreSQL: prepared statements that lease a batch, and read what mails need."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from compliance.reminders.compiled import compiled
from compliance.reminders.fence import claimable
from compliance.reminders.handover_postgresql import prepared_rows

# Whoever rode with a mail that is over needs their own from here on.
_LEASE = """
WITH picked (id) AS MATERIALIZED ({claimable})
UPDATE compliance_message message SET
    state = 'leased', lease_owner = %(owner)s, lease_until = %(until)s, carried_by_id = NULL
FROM picked WHERE message.id = picked.id
RETURNING message.id
"""
# They stand in for the values of each claim while it is put into words.
_NOW, _CAMPAIGN, _MOST = datetime(2000, 1, 2, 12, tzinfo=UTC), 987_654_321, 987_654_322


def lease(
    *, owner: UUID, now: datetime, until: datetime, campaign_id: int | None, most: int
) -> list[UUID]:
    """Lease the next messages to `owner`, at most `most`; their keys. Belongs in a transaction."""
    words, constants = _words(of_one=campaign_id is not None)
    values = {
        "owner": owner,
        "now": now,
        "today": timezone.localdate(now),
        "until": until,
        "campaign": campaign_id,
        "most": most,
    }
    return [key for (key,) in prepared_rows(words, constants | values)]


@cache
def _words(*, of_one: bool) -> tuple[str, dict[str, Any]]:
    """The very conditions of `claimable`, and the constants in them."""
    rows = claimable(_NOW, _CAMPAIGN if of_one else None).order_by("next_at")[:_MOST].only("pk")
    locked = rows.select_for_update(of=("self",), skip_locked=True)
    names = {_NOW: "now", timezone.localdate(_NOW): "today", _CAMPAIGN: "campaign"}
    with transaction.atomic():  # nothing is asked yet, but Django insists
        words, constants = compiled(locked, names)
    words = words.replace(f"LIMIT {_MOST}", "LIMIT %(most)s")
    return " ".join(_LEASE.format(claimable=words).split()), constants
