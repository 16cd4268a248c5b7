"""START, endings, and runs that come too late."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders.endings import lapsed_settle
from compliance.reminders.fence import claimable
from compliance.reminders.handover import START_LEASE, finish, finish_and_start, start
from compliance.reminders.mails import envelope_for, mail_bytes
from compliance.reminders.models import Instance, Leave, Message, State
from compliance.reminders.outbox import claim, release
from compliance.reminders.parcels import Parcel
from compliance.reminders.services import message_resend, message_write_off
from compliance.reminders.transports import Reply
from compliance.reminders.verdicts import WAITS, ending_of
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]
TAKEN, REFUSED = Reply(State.ACCEPTED, 250, "queued"), Reply(State.REJECTED, 550, "no")
LATER = NOON + START_LEASE + timedelta(minutes=1)


@pytest.fixture
def owner() -> UUID:
    return uuid4()


@pytest.fixture
def claimed(owe: Callable[..., Message], owner: UUID) -> list[Parcel]:
    """Two parcels that `owner` holds."""
    owe(), owe()
    return claim(owner=owner, now=NOON)


def _on_leave() -> None:
    for assignment in Assignment.objects.all():
        Leave.objects.create(
            employee=assignment.person, starts_on=NOON.date(), ends_on=NOON.date(),
            begins_at=NOON, ends_at=NOON + timedelta(hours=9), seq=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        lambda: Assignment.objects.update(closed_at=NOON),
        lambda: Assignment.objects.update(withdrawn=True),
        lambda: Campaign.objects.update(state="paused"),
        lambda: Campaign.objects.update(closes_on="2026-11-22"),
        lambda: Instance.objects.create(fingerprint="another", held_since=NOON),
        lambda: Message.objects.update(leave_by=NOON),
        lambda: Message.objects.update(lease_until=NOON),
        lambda: Message.objects.update(lease_owner=uuid4()),
        lambda: Message.objects.update(state=State.PENDING),
        lambda: Employee.objects.update(active=False, left_at=NOON),
        _on_leave,
    ],
)
@pytest.mark.parametrize("after_another", [False, True])
def test_every_condition_of_the_fence_holds_alone_and_behind_an_ending(
    claimed: list[Parcel], owner: UUID, change: Callable[[], Any], after_another: bool
) -> None:
    """Promises 1 and 2. Each condition taken out of `startable` or `permitted` lets one through."""
    first, second = claimed
    assert start(first, owner=owner, now=NOON)
    change()
    if after_another:
        ending = ending_of(first, TAKEN, now=NOON)
        assert finish_and_start(ending, second, owner=owner, now=NOON).going is None
    else:
        assert start(second, owner=owner, now=NOON) is None


def test_an_ending_and_the_next_start_are_one_statement(claimed: list[Parcel], owner: UUID) -> None:
    first, second = claimed
    assert start(first, owner=owner, now=NOON)
    step = finish_and_start(ending_of(first, TAKEN, now=NOON), second, owner=owner, now=NOON)
    assert (step.ended, step.going) == (State.ACCEPTED, second)
    sent, underway = (Message.objects.get(pk=parcel.carrier.pk) for parcel in claimed)
    assert (sent.state, sent.next_at, sent.lease_owner) == (State.ACCEPTED, None, None)
    assert sent.outcomes.get().attempt == sent.attempts == 1
    assert sent.assignment.invited_on == sent.assignment.counts_from == NOON.date()
    assert (underway.state, underway.lease_until) == (State.STARTED, NOON + START_LEASE)


def test_who_is_asked_to_wait_longer_waits_longer(claimed: list[Parcel], owner: UUID) -> None:
    asked = Reply(State.DEFERRED, 429, "slow down", retry_after=timedelta(hours=1))
    hurried = Reply(State.DEFERRED, 429, "slow down", retry_after=timedelta(seconds=1))
    for parcel, reply, wait in zip(
        claimed, (asked, hurried), (timedelta(hours=1), WAITS[0]), strict=True
    ):
        assert finish(ending_of(parcel, reply, now=NOON), owner=owner) == State.DEFERRED
        parcel.carrier.refresh_from_db()
        assert parcel.carrier.next_at == NOON + wait


@pytest.mark.parametrize(
    ("reply", "ends_as"),
    [
        (TAKEN, State.ACCEPTED),
        (REFUSED, State.REJECTED),
        (Reply(State.DEFERRED, 451), State.UNCERTAIN),
    ],
)
def test_a_definite_answer_that_is_heard_late_ends_the_uncertainty(
    claimed: list[Parcel], owner: UUID, reply: Reply, ends_as: State
) -> None:
    """A process that slept past its lease; whatever would send the mail again stays undone."""
    parcel = start(claimed[0], owner=owner, now=NOON)
    assert parcel
    lapsed_settle(now=LATER)
    finish(ending_of(parcel, reply, now=LATER), owner=owner)
    parcel.carrier.refresh_from_db()
    assert (parcel.carrier.state, parcel.carrier.attempts) == (ends_as, 1)
    assert parcel.carrier.next_at is None


@pytest.mark.parametrize("decide", [message_resend, message_write_off])
def test_what_an_officer_decided_about_an_uncertain_mail_stands(
    claimed: list[Parcel], owner: UUID, decide: Callable[..., Message]
) -> None:
    parcel = start(claimed[0], owner=owner, now=NOON)
    assert parcel
    lapsed_settle(now=LATER)
    decided = decide(message=parcel.carrier, reason="asked Bob", user=None, now=LATER)
    assert finish(ending_of(parcel, TAKEN, now=LATER), owner=owner) is None
    parcel.carrier.refresh_from_db()
    assert parcel.carrier.state == decided.state


def test_another_run_cannot_end_what_is_not_its_own(claimed: list[Parcel], owner: UUID) -> None:
    parcel = start(claimed[0], owner=owner, now=NOON)
    assert parcel
    assert finish(ending_of(parcel, TAKEN, now=NOON), owner=uuid4()) is None
    assert Message.objects.get(pk=parcel.carrier.pk).state == State.STARTED


FINAL = [state for state in State if state not in (State.PENDING, State.DEFERRED)]


@pytest.mark.parametrize("state", FINAL)
def test_the_state_alone_keeps_a_final_message_from_being_claimed(
    owe: Callable[..., Message], state: State
) -> None:
    """Promise 1. Fails without `state__in` in `waiting`, whatever became of `next_at`."""
    owe(state=state, next_at=NOON)
    assert not claimable(NOON).exists()


def test_the_missing_time_alone_keeps_a_final_message_from_being_claimed(
    owe: Callable[..., Message],
) -> None:
    """Promise 1. Fails without `next_at__lte` in `waiting`, whatever became of the state."""
    owe(state=State.PENDING, next_at=None)
    assert not claimable(NOON).exists()


@pytest.mark.parametrize("reply", [TAKEN, REFUSED, Reply(State.UNCERTAIN)])
def test_an_ending_leaves_both_guards_up(claimed: list[Parcel], owner: UUID, reply: Reply) -> None:
    """Promise 1. Fails when an ending forgets the state or leaves the time."""
    for parcel in claimed:
        assert start(parcel, owner=owner, now=NOON)
        finish(ending_of(parcel, reply, now=NOON), owner=owner)
        release(parcel.keys, owner=owner, next_at=NOON)
    assert not Message.objects.filter(next_at__isnull=False).exists()
    assert not Message.objects.filter(state__in=[State.PENDING, State.DEFERRED]).exists()
    assert claim(owner=owner, now=NOON + timedelta(days=9)) == []


def test_a_batch_is_loaded_in_as_many_queries_as_one_mail(owe: Callable[..., Message]) -> None:
    """Fails when a column that a mail needs is not loaded with the batch."""
    asked = []
    for number in (1, 15):
        for _ in range(number):
            owe()
        with CaptureQueriesContext(connection) as queries:
            for parcel in claim(owner=uuid4(), now=NOON):
                envelope_for(parcel.carrier)
                mail_bytes(parcel.messages, now=NOON)
        asked.append(len(queries))
    assert asked[1] <= asked[0]
