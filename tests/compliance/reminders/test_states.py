"""Whatever happens in whatever order: nobody gets a mail twice, nor after the end."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders.endings import lapsed_settle
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.outbox import claim, finish, refused_settle, release, start
from compliance.reminders.plan import reminders_plan
from compliance.reminders.services import messages_cancel
from compliance.reminders.transports import Reply
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]

FINAL = {State.ACCEPTED, State.REJECTED, State.UNCERTAIN}
REPLIES = [
    Reply(State.ACCEPTED, 250),
    Reply(State.DEFERRED, 451),
    Reply(State.REJECTED, 550),
    Reply(State.UNCERTAIN),
]


class Outbox(RuleBasedStateMachine):
    """Two runs, that may die at any step, on three people who may answer at any time."""

    ask: Callable[[], Assignment]

    def __init__(self) -> None:
        super().__init__()
        Outcome.objects.all().delete()
        Message.objects.all().delete()
        Assignment.objects.all().delete()
        Campaign.objects.update(send_now=True, state="running")
        self.now = NOON
        self.people = [type(self).ask() for _ in range(3)]
        self.ended: set[UUID] = set()
        self.handed_over: list[tuple[object, int]] = []
        self.owners = {name: uuid4() for name in "ab"}
        self.claimed: dict[str, list[Message]] = {"a": [], "b": []}
        self.started: dict[str, Message | None] = {"a": None, "b": None}

    @rule()
    def plan(self) -> None:
        reminders_plan(now=self.now)

    @rule(minutes=st.sampled_from([1, 3, 16, 24 * 60, 3 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(run=st.sampled_from("ab"))
    def claims(self, run: str) -> None:
        if not self.claimed[run] and self.started[run] is None:
            self.claimed[run] = claim(owner=self.owners[run], now=self.now)

    @rule(run=st.sampled_from("ab"))
    def starts(self, run: str) -> None:
        if self.started[run] is not None or not self.claimed[run]:
            return
        message = self.claimed[run].pop()
        if start(message, owner=self.owners[run], now=self.now):
            assert message.assignment_id not in self.ended
            assert Campaign.objects.get().state == "running"
            self.handed_over.append((message.assignment_id, message.step))
            self.started[run] = message
        else:
            refused_settle(message, owner=self.owners[run], now=self.now)

    @rule(run=st.sampled_from("ab"), reply=st.sampled_from(REPLIES))
    def hears(self, run: str, reply: Reply) -> None:
        message = self.started[run]
        if message is None:
            return
        state = finish(message, reply, owner=self.owners[run], now=self.now)
        if state == State.DEFERRED:  # the server took nothing
            self.handed_over.remove((message.assignment_id, message.step))
        self.started[run] = None

    @rule(run=st.sampled_from("ab"))
    def dies(self, run: str) -> None:
        self.owners[run], self.claimed[run], self.started[run] = uuid4(), [], None

    @rule(run=st.sampled_from("ab"))
    def ends(self, run: str) -> None:
        keys = [message.pk for message in self.claimed[run]]
        release(keys, owner=self.owners[run], next_at=self.now)
        self.claimed[run] = []

    @rule()
    def reaps(self) -> None:
        lapsed_settle(now=self.now)

    @rule(person=st.integers(0, 2))
    def answers(self, person: int) -> None:
        key = self.people[person].pk
        Assignment.objects.filter(pk=key).update(closed_at=self.now, answer="was_off")
        messages_cancel(
            assignments=Assignment.objects.filter(pk=key), reason="answered", now=self.now
        )
        self.ended.add(key)

    @rule(state=st.sampled_from(["paused", "running"]))
    def pauses(self, state: str) -> None:
        Campaign.objects.update(state=state)

    @invariant()
    def nobody_gets_a_mail_twice(self) -> None:
        assert len(self.handed_over) == len(set(self.handed_over))

    @invariant()
    def every_end_is_on_record(self) -> None:
        for message in Message.objects.filter(state__in=[*FINAL, State.CANCELLED, State.DEFERRED]):
            last = message.outcomes.order_by("id").last()
            assert last is not None
            assert last.state == message.state

    @invariant()
    def whoever_answered_is_owed_nothing(self) -> None:
        owed = Message.objects.filter(
            assignment__in=self.ended, state__in=[State.PENDING, State.DEFERRED, State.LEASED]
        )
        assert not owed.exists()


def test_no_order_of_events_sends_twice_or_after_the_end(ask: Callable[..., Assignment]) -> None:
    """Promises 1 and 2. Fails when `waiting` forgets the state."""
    Outbox.ask = ask
    run_state_machine_as_test(
        Outbox,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
