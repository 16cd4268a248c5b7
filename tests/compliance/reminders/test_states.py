"""Whatever happens in whatever order: nobody gets a mail twice, nor after the end."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from compliance.reminders.endings import lapsed_settle
from compliance.reminders.handover import START_LEASE, finish, finish_and_start, start
from compliance.reminders.models import WAITING, Message, Outcome, State
from compliance.reminders.outbox import claim, refused_settle, release
from compliance.reminders.parcels import Parcel
from compliance.reminders.plan import reminders_plan
from compliance.reminders.services import messages_cancel
from compliance.reminders.transports import Reply
from compliance.reminders.verdicts import ending_of
from tests.factories import NOON, AssignmentFactory, CampaignFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

FINAL = {State.ACCEPTED, State.REJECTED, State.UNCERTAIN}
TAKEN = Reply(State.ACCEPTED, 250)
REPLIES = [TAKEN, Reply(State.DEFERRED, 451), Reply(State.REJECTED, 550), Reply(State.UNCERTAIN)]
RUNS = st.sampled_from("ab")


class Outbox(RuleBasedStateMachine):
    """Two runs, that may die at any step, on three people who may answer either of two campaigns.

    What one campaign owes on the day of the other rides in its mail.
    """

    campaigns: list[Campaign]

    def __init__(self) -> None:
        super().__init__()
        Outcome.objects.all().delete()
        Message.objects.all().delete()
        Assignment.objects.all().delete()
        Campaign.objects.update(send_now=True, state="running", closes_on="2026-12-31")
        one, other = self.campaigns
        self.now = NOON
        self.people = [AssignmentFactory.create(campaign=one) for _ in range(3)]
        self.people += [
            AssignmentFactory.create(campaign=other, employee=person.employee)
            for person in self.people
        ]
        self.ended: set[UUID] = set()
        self.handed_over: list[UUID] = []
        self.owners = {name: uuid4() for name in "ab"}
        self.claimed: dict[str, list[Parcel]] = {"a": [], "b": []}
        self.started: dict[str, Parcel | None] = {"a": None, "b": None}

    @rule()
    def plan(self) -> None:
        reminders_plan(now=self.now)

    @rule(minutes=st.sampled_from([1, 3, 16, 24 * 60, 3 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(run=RUNS)
    def claims(self, run: str) -> None:
        if not self.claimed[run] and self.started[run] is None:
            self.claimed[run] = claim(owner=self.owners[run], now=self.now)

    @rule(run=RUNS)
    def starts(self, run: str) -> None:
        if self.started[run] is None and self.claimed[run]:
            parcel = self.claimed[run].pop()
            self._went(run, parcel, start(parcel, owner=self.owners[run], now=self.now))

    @rule(run=RUNS, reply=st.sampled_from(REPLIES))
    def hears(self, run: str, reply: Reply) -> None:
        parcel, self.started[run] = self.started[run], None
        if parcel is not None:
            ending = ending_of(parcel, reply, now=self.now)
            self._heard(parcel, finish(ending, owner=self.owners[run]))

    @rule(run=RUNS, reply=st.sampled_from(REPLIES))
    def hears_and_starts(self, run: str, reply: Reply) -> None:
        parcel = self.started[run]
        if parcel is None or not self.claimed[run]:
            return
        following = self.claimed[run].pop()
        ending = ending_of(parcel, reply, now=self.now)
        step = finish_and_start(ending, following, owner=self.owners[run], now=self.now)
        self._heard(parcel, step.ended)
        self._went(run, following, step.going)

    @rule(run=RUNS)
    def dies(self, run: str) -> None:
        self.owners[run], self.claimed[run], self.started[run] = uuid4(), [], None

    @rule(run=RUNS)
    def ends(self, run: str) -> None:
        keys = [key for parcel in self.claimed[run] for key in parcel.keys]
        release(keys, owner=self.owners[run], next_at=self.now)
        self.claimed[run] = []

    @rule()
    def reaps(self) -> None:
        lapsed_settle(now=self.now)

    @rule(run=RUNS)
    def sleeps_past_its_lease(self, run: str) -> None:
        """It does not know; whatever it does next, it does late."""
        self.now += START_LEASE + timedelta(minutes=1)
        lapsed_settle(now=self.now)

    @rule(person=st.integers(0, 5))
    def answers(self, person: int) -> None:
        mine = Assignment.objects.filter(pk=self.people[person].pk)
        mine.update(closed_at=self.now, answer="was_off")
        messages_cancel(assignments=mine, reason="answered", now=self.now)
        self.ended.add(self.people[person].pk)

    @rule(number=st.integers(0, 1), state=st.sampled_from(["paused", "running"]))
    def pauses(self, number: int, state: str) -> None:
        Campaign.objects.filter(pk=self.campaigns[number].pk).update(state=state)

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
        owed = Message.objects.filter(assignment__in=self.ended, state__in=[*WAITING, State.LEASED])
        assert not owed.exists()

    def teardown(self) -> None:
        """Nothing is lost: a run that nothing disturbs ends what there is."""
        Campaign.objects.update(state="running", closes_on="2027-12-31")
        for _ in range(6):
            self.now += timedelta(hours=13)
            lapsed_settle(now=self.now)
            for parcel in claim(owner=self.owners["a"], now=self.now):
                self._went("a", parcel, start(parcel, owner=self.owners["a"], now=self.now))
                self.hears("a", TAKEN)
        assert not Message.objects.owed().exists()
        self.nobody_gets_a_mail_twice()

    def _went(self, run: str, parcel: Parcel, going: Parcel | None) -> None:
        self.started[run] = going
        gone = going.messages if going else ()
        for message in gone:
            assert message.assignment_id not in self.ended
            assert Campaign.objects.get(assignments=message.assignment_id).state == "running"
            self.handed_over.append(message.pk)
        refused = [message for message in parcel.messages if message not in gone]
        refused_settle(refused, owner=self.owners[run], now=self.now)

    def _heard(self, parcel: Parcel, state: State | None) -> None:
        if state == State.DEFERRED:  # the server took nothing
            self.handed_over = [key for key in self.handed_over if key not in parcel.keys]


def test_no_order_of_events_sends_twice_or_after_the_end_or_loses_anything(
    campaign: Campaign, linkedin: GuideVersion
) -> None:
    """Promises 1 and 2. Fails when `waiting` forgets the state, when `startable` forgets the owner,
    and (something is lost) when `claimable` leaves riders to mails that are over."""
    Outbox.campaigns = [campaign, CampaignFactory.create(running=True, guide_version=linkedin)]
    run_state_machine_as_test(
        Outbox,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
