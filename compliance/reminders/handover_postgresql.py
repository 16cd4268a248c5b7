"""START and ending on PostgreSQL: one prepared statement a mail."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from compliance.campaigns.policy import INVITATION
from compliance.reminders.calendar import local_day
from compliance.reminders.compiled import compiled
from compliance.reminders.fence import startable
from compliance.reminders.models import Message, State
from compliance.reminders.verdicts import Ending

# The assignments first, in order, then the messages: so do answers, and nobody waits in a circle.
# An outcome for each message that ended; the people are noted as mailed, or as unreachable.
_ENDING = """
people AS MATERIALIZED (
    SELECT assignment.id, given.day
    FROM unnest(%(people)s::uuid[], %(days)s::date[]) AS given (id, day)
    JOIN compliance_assignment assignment ON assignment.id = given.id
    ORDER BY assignment.id FOR NO KEY UPDATE OF assignment
),
ended AS (
    UPDATE compliance_message message SET
        attempts = message.attempts + (message.state <> 'uncertain')::int,
        state = %(state)s, state_at = %(at)s, next_at = %(next_at)s, reason = %(answer)s,
        dated_at = %(sent_dated_at)s, recipient = %(sent_to)s,
        lease_owner = NULL, lease_until = NULL
    WHERE message.id = ANY(%(ended)s) AND message.lease_owner = %(owner)s
        AND (message.state IN ('leased', 'started')
             OR %(definite)s AND message.state = 'uncertain')
        AND (SELECT count(*) FROM people) > 0
    RETURNING message.id, message.assignment_id, message.step, message.attempts
),
noted AS (
    INSERT INTO compliance_outcome (message_id, attempt, state, at, code, answer, recipient)
    SELECT id, attempts, %(state)s, %(at)s, %(code)s, %(answer)s, %(sent_to)s FROM ended
),
followed AS (
    UPDATE compliance_assignment assignment SET
        mailed_on = CASE WHEN %(left)s THEN people.day ELSE assignment.mailed_on END,
        invited_on = CASE WHEN %(left)s AND ended.step = %(invitation)s
            THEN coalesce(assignment.invited_on, people.day) ELSE assignment.invited_on END,
        counts_from = CASE WHEN %(left)s AND ended.step = %(invitation)s
            THEN coalesce(assignment.counts_from, people.day) ELSE assignment.counts_from END,
        undeliverable = assignment.undeliverable OR %(refused)s
    FROM ended, people
    WHERE people.id = ended.assignment_id AND assignment.id = people.id
        AND (%(left)s OR %(refused)s)
)
"""
# The row is looked at again once it is locked, with every condition on itself (see picked.py).
_START = """
picked (id) AS MATERIALIZED ({fence}),
started AS (
    UPDATE compliance_message message SET
        state = 'started', lease_until = %(until)s,
        dated_at = %(dated_at)s, recipient = %(recipient)s
    FROM picked WHERE message.id = picked.id
    RETURNING message.id
)
"""
_TRIES = 3
# They stand in for the values of each mail while the fence is put into words.
_KEY, _OWNER, _NOW = UUID(int=1), UUID(int=2), datetime(2000, 1, 2, 12, tzinfo=UTC)


def start(key: UUID, carrier: Message, *, owner: UUID, now: datetime, until: datetime) -> bool:
    """START message `key` in the mail of `carrier`; waits for whoever holds its row."""
    words, constants = fence_words(skip_locked=False)
    statement = f"WITH {_START.format(fence=words)} SELECT id FROM started"  # noqa: S608 - ours
    return bool(prepared_rows(statement, constants | _starting(key, carrier, owner, now, until)))


def finish(ending: Ending, *, owner: UUID) -> bool:
    """Write an ending down, for each message that nobody else has decided about."""
    statement = f"WITH {_ENDING} SELECT id FROM ended"  # noqa: S608 - ours
    return bool(_persistent(statement, _ended(ending, owner)))


def finish_and_start(
    ending: Ending, carrier: Message, *, owner: UUID, now: datetime, until: datetime
) -> tuple[bool, bool]:
    """Both in one; a row that somebody holds is not started."""
    words, constants = fence_words(skip_locked=True)
    statement = (
        f"WITH {_ENDING}, {_START.format(fence=words)} "  # noqa: S608 - ours
        "SELECT 'ended' FROM ended UNION ALL SELECT 'started' FROM started"
    )
    starting = _starting(carrier.pk, carrier, owner, now, until)
    done = {
        what for (what,) in _persistent(statement, constants | starting | _ended(ending, owner))
    }
    return "ended" in done, "started" in done


def _ended(ending: Ending, owner: UUID) -> dict[str, Any]:
    carrier, messages = ending.parcel.carrier, ending.parcel.messages
    return {
        "ended": ending.parcel.keys,
        "owner": owner,
        "people": [message.assignment_id for message in messages],
        "days": [local_day(message.assignment.time_zone, ending.at) for message in messages],
        "state": ending.state.value,
        "definite": ending.definite,
        "left": ending.left,
        "refused": ending.state == State.REJECTED,
        "invitation": INVITATION,
        "at": ending.at,
        "next_at": ending.next_at,
        "code": ending.code,
        "answer": ending.answer,
        "sent_dated_at": carrier.dated_at,
        "sent_to": carrier.recipient,
    }


def _starting(
    key: UUID, carrier: Message, owner: UUID, now: datetime, until: datetime
) -> dict[str, Any]:
    return {
        "key": key,
        "owner": owner,
        "now": now,
        "today": timezone.localdate(now),
        "until": until,
        "dated_at": carrier.dated_at,
        "recipient": carrier.recipient,
    }


@cache
def fence_words(*, skip_locked: bool) -> tuple[str, dict[str, Any]]:
    """The very conditions of `startable`, as a question that locks; and the constants in them."""
    today = timezone.localdate(_NOW)
    rows = startable(_KEY, owner=_OWNER, now=_NOW).only("pk")
    locked = rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)
    with transaction.atomic():  # nothing is asked yet, but Django insists
        return compiled(locked, {_KEY: "key", _OWNER: "owner", _NOW: "now", today: "today"})


def _persistent(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """An answer that was heard gets written down, though the database ends a deadlock with us."""
    for _ in range(_TRIES - 1):
        try:
            return prepared_rows(statement, values)
        except OperationalError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    return prepared_rows(statement, values)


def prepared_rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What `statement` returns; it is planned once for each connection."""
    with connection.wrap_database_errors, psycopg.Cursor(_prepared_connection()) as cursor:
        return cursor.execute(statement, values).fetchall()


def _prepared_connection() -> "psycopg.Connection[Any]":
    """Past Django's cursor, which binds values in the client and prepares nothing.

    One plan serves every mail: planning anew takes longer than all that follows.
    """
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    if raw.prepare_threshold is None:
        raw.execute("SET plan_cache_mode = force_generic_plan")
        raw.prepare_threshold = 0
    return raw
