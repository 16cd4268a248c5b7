"""START and endings of several lines on PostgreSQL: one prepared statement, one commit for all."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.utils import timezone

from compliance.campaigns.policy import INVITATION
from compliance.reminders.calendar import local_day
from compliance.reminders.handover_postgresql import fence_words, prepared_rows
from compliance.reminders.models import Message, State
from compliance.reminders.verdicts import Ending

# So many messages of each kind go into one statement. PostgreSQL is told, too: when they are few it
# looks each one up.
MOST = 64
# Each line as in handover_postgresql, with one difference: a row that somebody holds is left out,
# of the endings, too. So nobody waits here, and nobody's lock holds up the lines of others.
_TOGETHER = f"""
given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(endings)s) AS given (
        id uuid, owner uuid, person uuid, day date, state text, at timestamptz,
        next_at timestamptz, code int, answer text, dated_at timestamptz, recipient text,
        definite boolean, gone boolean, refused boolean
    ) LIMIT {MOST}
),
people AS MATERIALIZED (
    SELECT assignment.id FROM compliance_assignment assignment
    WHERE assignment.id = ANY (ARRAY(SELECT person FROM given))
    ORDER BY assignment.id FOR NO KEY UPDATE SKIP LOCKED
),
mine AS MATERIALIZED (
    SELECT given.* FROM given JOIN people ON people.id = given.person
    CROSS JOIN LATERAL (
        SELECT 1 FROM compliance_message message
        WHERE message.id = given.id AND message.lease_owner = given.owner
            AND (message.state IN ('leased', 'started')
                 OR given.definite AND message.state = 'uncertain')
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS held
),
ended AS (
    UPDATE compliance_message message SET
        attempts = message.attempts + (message.state <> 'uncertain')::int,
        state = mine.state, state_at = mine.at, next_at = mine.next_at, reason = mine.answer,
        dated_at = mine.dated_at, recipient = mine.recipient,
        lease_owner = NULL, lease_until = NULL
    FROM mine WHERE message.id = mine.id AND message.id = ANY (ARRAY(SELECT id FROM mine))
    RETURNING message.id, message.step, message.attempts, message.state, mine.at, mine.code,
        mine.answer, mine.recipient, mine.person, mine.day, mine.gone, mine.refused
),
noted AS (
    INSERT INTO compliance_outcome (message_id, attempt, state, at, code, answer, recipient)
    SELECT id, attempts, state, at, code, answer, recipient FROM ended
),
reached AS (
    SELECT person, bool_or(refused) AS refused,
        max(day) FILTER (WHERE gone) AS mailed_on,
        max(day) FILTER (WHERE gone AND step = {INVITATION}) AS invited_on
    FROM ended WHERE gone OR refused GROUP BY person
),
followed AS (
    UPDATE compliance_assignment assignment SET
        mailed_on = coalesce(reached.mailed_on, assignment.mailed_on),
        invited_on = coalesce(assignment.invited_on, reached.invited_on),
        counts_from = coalesce(assignment.counts_from, reached.invited_on),
        undeliverable = assignment.undeliverable OR reached.refused
    FROM reached WHERE assignment.id = reached.person
        AND assignment.id = ANY (ARRAY(SELECT person FROM reached))
),
wanted AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(starts)s) AS wanted (
        key uuid, owner uuid, dated_at timestamptz, recipient text
    ) LIMIT {MOST}
),
picked AS MATERIALIZED (
    SELECT startable.id, wanted.dated_at, wanted.recipient
    FROM wanted CROSS JOIN LATERAL ({{fence}}) AS startable (id)
),
started AS (
    UPDATE compliance_message message SET
        state = 'started', lease_until = %(until)s,
        dated_at = picked.dated_at, recipient = picked.recipient
    FROM picked WHERE message.id = picked.id AND message.id = ANY (ARRAY(SELECT id FROM picked))
    RETURNING message.id
)
SELECT id FROM ended UNION ALL SELECT id FROM started
"""  # noqa: S608 - ours


def write_together(
    endings: Iterable[tuple[Ending, UUID]],
    carriers: Iterable[tuple[Message, UUID]],
    *,
    now: datetime,
    until: datetime,
) -> set[UUID]:
    """Endings and starts, each with its owner, in one commit; the keys of those written.

    What is missing there was held by somebody or refused: to be asked for by itself.
    """
    words, constants = _words()
    values = {
        "endings": json.dumps([row for ending, owner in endings for row in _ended(ending, owner)]),
        "starts": json.dumps([_starting(carrier, owner) for carrier, owner in carriers]),
        "now": now,
        "today": timezone.localdate(now),
        "until": until,
    }
    return {key for (key,) in prepared_rows(words, constants | values)}


def _ended(ending: Ending, owner: UUID) -> Sequence[dict[str, Any]]:
    carrier = ending.parcel.carrier
    return [
        {
            "id": str(message.pk),
            "owner": str(owner),
            "person": str(message.assignment_id),
            "day": local_day(message.assignment.time_zone, ending.at).isoformat(),
            "state": ending.state.value,
            "at": ending.at.isoformat(),
            "next_at": ending.next_at.isoformat() if ending.next_at else None,
            "code": ending.code,
            "answer": ending.answer,
            "dated_at": carrier.dated_at.isoformat() if carrier.dated_at else None,
            "recipient": carrier.recipient,
            "definite": ending.definite,
            "gone": ending.left,
            "refused": ending.state == State.REJECTED,
        }
        for message in ending.parcel.messages
    ]


def _starting(carrier: Message, owner: UUID) -> dict[str, Any]:
    return {
        "key": str(carrier.pk),
        "owner": str(owner),
        "dated_at": carrier.dated_at.isoformat() if carrier.dated_at else None,
        "recipient": carrier.recipient,
    }


@cache
def _words() -> tuple[str, dict[str, Any]]:
    """The fence for each that is wanted, in the very words in which it is put for one."""
    fence, constants = fence_words(skip_locked=True)
    for name in ("key", "owner"):
        fence = fence.replace(f"%({name})s", f"wanted.{name}")
    # On one line: psycopg remembers how it read a statement only up to 4,096 characters.
    return " ".join(f"WITH {_TOGETHER.format(fence=fence)}".split()), constants
