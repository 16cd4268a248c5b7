"""Claiming on PostgreSQL: prepared statements that lease a batch, and read what mails need."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from compliance.reminders.compiled import compiled
from compliance.reminders.fence import claimable
from compliance.reminders.handover_postgresql import prepared_rows
from compliance.reminders.loaded import OF_MESSAGE, OF_PERSON, Row
from compliance.reminders.models import WAITING

# Whoever rode with a mail that is over needs their own from here on. Each person is looked up: a
# join might begin with everybody.
_LEASE = """
WITH picked (id) AS MATERIALIZED ({claimable}),
leased AS (
    UPDATE compliance_message message SET
        state = 'leased', lease_owner = %(owner)s, lease_until = %(until)s, carried_by_id = NULL
    WHERE message.id = ANY (ARRAY(SELECT id FROM picked))
    RETURNING {of_message}
)
SELECT leased.*, person.*
FROM leased CROSS JOIN LATERAL (
    SELECT {of_person},
        (SELECT email FROM accounts_employee employee WHERE employee.id = person.employee_id)
    FROM compliance_assignment person WHERE person.id = leased.assignment_id LIMIT 1
) person
ORDER BY leased.next_at, leased.id
"""
_RIDERS = """
SELECT 1 FROM compliance_message
WHERE carried_by_id = ANY (%(carriers)s) AND state = ANY (%(waiting)s) LIMIT 1
"""
# They stand in for the values of each claim while it is put into words.
_NOW, _CAMPAIGN, _MOST = datetime(2000, 1, 2, 12, tzinfo=UTC), 987_654_321, 987_654_322


def lease(
    *, owner: UUID, now: datetime, until: datetime, campaign_id: int | None, most: int
) -> list[Row]:
    """Lease the next messages to `owner`, at most `most`; their rows. Belongs in a transaction."""
    words, constants = _words(of_one=campaign_id is not None)
    values = {
        "owner": owner,
        "now": now,
        "today": timezone.localdate(now),
        "until": until,
        "campaign": campaign_id,
        "most": most,
    }
    return [*prepared_rows(words, constants | values)]


def any_riders(carriers: Sequence[UUID]) -> bool:
    """Whether anything waits to travel in the mails of `carriers`."""
    return bool(prepared_rows(_RIDERS, {"carriers": carriers, "waiting": [*map(str, WAITING)]}))


@cache
def _words(*, of_one: bool) -> tuple[str, dict[str, Any]]:
    """The very conditions of `claimable`, and the constants in them."""
    rows = claimable(_NOW, _CAMPAIGN if of_one else None).order_by("next_at")[:_MOST].only("pk")
    locked = rows.select_for_update(of=("self",), skip_locked=True)
    names = {_NOW: "now", timezone.localdate(_NOW): "today", _CAMPAIGN: "campaign"}
    with transaction.atomic():  # nothing is asked yet, but Django insists
        words, constants = compiled(locked, names)
    words = words.replace(f"LIMIT {_MOST}", "LIMIT %(most)s")
    statement = _LEASE.format(
        claimable=words,
        of_message=_columns("message", OF_MESSAGE),
        of_person=_columns("person", OF_PERSON),
    )
    return " ".join(statement.split()), constants


def _columns(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)
