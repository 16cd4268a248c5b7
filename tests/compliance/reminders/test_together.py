"""Several lines that write at once: what one statement does, and what it leaves to each alone."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.campaigns.models import Assignment
from compliance.reminders import handover_together, together
from compliance.reminders.handover import START_LEASE, start
from compliance.reminders.handover_together import write_together
from compliance.reminders.models import Message, State
from compliance.reminders.outbox import claim
from compliance.reminders.parcels import Parcel
from compliance.reminders.services import messages_cancel
from compliance.reminders.together import Together
from compliance.reminders.transports import Reply
from compliance.reminders.verdicts import Ending, ending_of
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN, REFUSED = Reply(State.ACCEPTED, 250, "queued"), Reply(State.REJECTED, 550, "no")
OWNER = uuid4()


@pytest.fixture
def claimed(owe: Callable[..., Message]) -> list[Parcel]:
    """Four parcels of one owner; the first two are being handed over."""
    for _ in range(4):
        owe()
    parcels = claim(owner=OWNER, now=NOON)
    for parcel in parcels[:2]:
        assert start(parcel, owner=OWNER, now=NOON)
    return parcels


def _written(endings: list[Ending], parcels: list[Parcel], owner: UUID = OWNER) -> set[UUID]:
    return write_together(
        [(ending, owner) for ending in endings],
        [(parcel.carrier, owner) for parcel in parcels],
        now=NOON,
        until=NOON + START_LEASE,
    )


def _elsewhere(work: Callable[[], object]) -> None:
    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def test_each_ending_and_start_is_written_as_if_it_were_alone(claimed: list[Parcel]) -> None:
    first, second, third, fourth = claimed
    Assignment.objects.filter(pk=fourth.carrier.assignment_id).update(closed_at=NOON)
    endings = [ending_of(first, TAKEN, now=NOON), ending_of(second, REFUSED, now=NOON)]
    assert _written(endings, [third, fourth]) == {*first.keys, *second.keys, *third.keys}
    rows = [Message.objects.get(pk=parcel.carrier.pk) for parcel in claimed]
    assert [row.state for row in rows] == ["accepted", "rejected", "started", "leased"]
    assert [row.attempts for row in rows] == [1, 1, 0, 0]
    assert [row.outcomes.count() for row in rows] == [1, 1, 0, 0]
    people = [row.assignment for row in rows]
    assert [person.invited_on for person in people] == [NOON.date(), None, None, None]
    assert [person.undeliverable for person in people] == [False, True, False, False]


def test_another_owner_writes_nothing(claimed: list[Parcel]) -> None:
    assert _written([ending_of(claimed[0], TAKEN, now=NOON)], claimed[2:], uuid4()) == set()


def test_whom_somebody_holds_is_left_out_and_holds_up_nobody(claimed: list[Parcel]) -> None:
    """Fails (it waits) without SKIP LOCKED for people."""
    first, second, third, fourth = claimed
    found: list[set[UUID]] = []
    endings = [ending_of(parcel, TAKEN, now=NOON) for parcel in (first, second)]
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=first.carrier.assignment_id)
        Message.objects.select_for_update(of=("self",)).get(pk=third.carrier.pk)
        _elsewhere(lambda: found.append(_written(endings, [third, fourth])))
    assert found == [{*second.keys, *fourth.keys}]


def test_a_cancellation_that_commits_meanwhile_is_seen(
    claimed: list[Parcel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 2. The statement began before; each row is looked at again once it is locked."""
    words, constants = _slow_words()
    monkeypatch.setattr("compliance.reminders.handover_together._words", lambda: (words, constants))
    found: list[set[UUID]] = []

    def write() -> None:
        found.append(_written([], claimed[2:]))
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    _until_asleep()
    messages_cancel(
        assignments=Assignment.objects.filter(pk=claimed[2].carrier.assignment_id),
        reason="answered",
        now=NOON,
    )
    thread.join(30)
    assert found == [set(claimed[3].keys)]


def test_lines_that_ask_together_are_written_by_one_statement(
    claimed: list[Parcel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails (it is two) when each line's request is written as it comes."""
    calls: list[int] = []

    def counted(endings: Any, carriers: Any, **named: Any) -> set[UUID]:
        calls.append(len(carriers))
        return write_together(endings, carriers, **named)

    monkeypatch.setattr(together, "write_together", counted)
    lines = Together()
    works = [partial(lines.step, None, parcel, owner=OWNER, now=NOON) for parcel in claimed[2:]]
    assert [step.going for step in lines.fibers.run(works)] == claimed[2:]
    assert calls == [2]


def test_a_group_that_fails_is_asked_for_one_by_one(
    claimed: list[Parcel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_named: object) -> set[UUID]:
        raise DatabaseError("no")

    monkeypatch.setattr(together, "write_together", broken)
    heard, lines = ending_of(claimed[0], TAKEN, now=NOON), Together()
    work = partial(lines.step, heard, claimed[2], owner=OWNER, now=NOON)
    (step,) = lines.fibers.run([work])
    assert (step.ended, step.going) == (State.ACCEPTED, claimed[2])


def _slow_words() -> tuple[str, dict[str, Any]]:
    """The statement with a second's sleep before it locks anything."""
    words, constants = handover_together._words()
    slow = words.replace(
        "SELECT * FROM json_to_recordset(%(starts)s)",
        "SELECT wanted.* FROM (SELECT pg_sleep(1) OFFSET 0) AS nap, json_to_recordset(%(starts)s)",
    )
    assert slow != words
    return slow, constants


def _until_asleep() -> None:
    asleep = 0
    while not asleep:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            (asleep,) = cursor.fetchone()
