"""Two at once, on PostgreSQL, where only locks decide."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_close
from compliance.reminders.handover import start
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.outbox import LEASE, claim
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from compliance.reminders.seal import outcomes_seal
from compliance.reminders.services import messages_cancel
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)


class Together:
    """Runs functions in threads of their own, each with its own connection."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.threads: list[threading.Thread] = []

    def begin(self, work: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=self._run, args=(work,))
        self.threads.append(thread)
        thread.start()
        return thread

    def end(self) -> list[Any]:
        for thread in self.threads:
            thread.join(60)
        for result in self.results:
            if isinstance(result, Exception):
                raise result
        return self.results

    def _run(self, work: Callable[[], object]) -> None:
        try:
            self.results.append(work())
        except Exception as error:  # noqa: BLE001 - raised again by `end`
            self.results.append(error)
        finally:
            connection.close()


@pytest.fixture
def together() -> Any:
    return Together()


@pytest.mark.both
def test_two_pumps_at_once_send_everything_once(
    server: Sink, owe: Callable[..., Message], clock: Clock, together: Together
) -> None:
    """Promise 1. Without SKIP LOCKED they wait for each other; without locks they send twice."""
    expected = {owe().assignment.email for _ in range(120)}
    for _ in range(3):
        together.begin(
            lambda: pump(clock=clock, until_idle=True, wait=lambda seconds: None).counts["accepted"]
        )
    assert sum(together.end()) == 120
    assert len(server.recipients) == 120
    assert set(server.recipients) == expected


@pytest.mark.both
def test_planners_at_once_owe_everybody_once(
    ask: Callable[..., Assignment], together: Together
) -> None:
    for _ in range(40):
        ask()
    for _ in range(3):
        together.begin(lambda: reminders_plan(now=NOON))
    assert sum(together.end()) == 40
    assert Message.objects.count() == 40


def test_a_planner_that_waited_for_another_adds_nothing(
    ask: Callable[..., Assignment], together: Together
) -> None:
    """Promise 1. Without ON CONFLICT DO NOTHING (`skip_existing` in `_owe`) the second one fails."""
    ask()
    with transaction.atomic():
        assert reminders_plan(now=NOON) == 1
        thread = together.begin(lambda: reminders_plan(now=NOON))
        thread.join(0.5)
        assert thread.is_alive()
    assert together.end() == [0]
    assert Message.objects.count() == 1


@pytest.mark.both
@pytest.mark.parametrize("lease", [timedelta(minutes=-1), timedelta(minutes=1)])
def test_only_the_owner_of_a_lease_that_holds_may_start(
    owe: Callable[..., Message], lease: timedelta
) -> None:
    """Promise 1. Without owner and lease in `start`'s condition a run that was thought dead sends
    what another has taken up."""
    owe(next_at=NOON - timedelta(hours=1))
    owner = uuid4()
    (parcel,) = claim(owner=owner, now=NOON - LEASE + lease)
    assert start(parcel, owner=uuid4(), now=NOON) is None
    assert bool(start(parcel, owner=owner, now=NOON)) is (lease > timedelta(0))


def test_a_start_that_waited_for_a_cancellation_does_not_start(
    owe: Callable[..., Message], together: Together
) -> None:
    """Promise 2. A plain UPDATE with the conditions in a subquery starts it all the same: try it
    by replacing `picked_update` in `start` with `.update()`."""
    owe()
    owner = uuid4()
    (parcel,) = claim(owner=owner, now=NOON)
    with transaction.atomic():
        Assignment.objects.select_for_update().get()
        messages_cancel(assignments=Assignment.objects.all(), reason="answered", now=NOON)
        thread = together.begin(lambda: start(parcel, owner=owner, now=NOON))
        thread.join(0.5)
        assert thread.is_alive()  # it waits
    assert together.end() == [None]
    assert Message.objects.get().state == State.CANCELLED


def test_a_cancellation_that_waited_for_a_start_leaves_it_alone(
    owe: Callable[..., Message], together: Together
) -> None:
    owe()
    owner = uuid4()
    (parcel,) = claim(owner=owner, now=NOON)
    with transaction.atomic():
        assert start(parcel, owner=owner, now=NOON)
        thread = together.begin(
            lambda: messages_cancel(
                assignments=Assignment.objects.all(), reason="answered", now=NOON
            )
        )
        thread.join(0.5)
        assert thread.is_alive()
    assert together.end() == [0]
    assert Message.objects.get().state == State.STARTED


@pytest.mark.both
def test_one_of_two_starts_wins(owe: Callable[..., Message], together: Together) -> None:
    owe()
    owner = uuid4()
    (parcel,) = claim(owner=owner, now=NOON)
    for _ in range(4):
        together.begin(lambda: bool(start(parcel, owner=owner, now=NOON)))
    assert sorted(together.end()) == [False, False, False, True]


@pytest.mark.both
def test_closing_while_a_pump_works_ends_the_mails(
    server: Sink, owe: Callable[..., Message], campaign: Campaign, clock: Clock, together: Together
) -> None:
    for _ in range(60):
        owe()
    together.begin(lambda: pump(clock=clock))
    while not server.envelopes:
        pass
    campaign_close(campaign=campaign, user=None, now=NOON + timedelta(seconds=1))
    at_close = len(server.envelopes)
    together.end()
    # One may have been on its way.
    assert len(server.envelopes) <= at_close + 1
    assert Message.objects.exclude(state__in=[State.ACCEPTED, State.CANCELLED]).count() == 0
    assert Campaign.objects.get().state == "closed"


@pytest.mark.both
def test_seals_at_once_seal_every_row_once(owe: Callable[..., Message], together: Together) -> None:
    for _ in range(30):
        owe()
    for _ in range(3):
        together.begin(lambda: outcomes_seal(now=NOON))
    together.end()
    assert not Message.objects.filter(seal=None).exists()
    assert sum(Message.objects.values_list("seal__planned", flat=True).distinct()) == 30
    assert Outcome.objects.count() == 0
