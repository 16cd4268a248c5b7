"""A broken mail server pauses the campaign; a bad address never does."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_resume
from compliance.reminders.breaker import Burst, Try, breaker_check, burst, suspicious
from compliance.reminders.bursts import pauses, refused_resend
from compliance.reminders.endings import LINE_UNKNOWN
from compliance.reminders.faults import transport_fault
from compliance.reminders.models import Instance, Message, Outcome, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from ledger.commands import Refusal
from ledger.models import Event
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, scripted, sink
from tests.factories import NOON
from tests.parts import free_port

pytestmark = [pytest.mark.both, pytest.mark.django_db]
BROKEN = "550 5.7.1 relaying denied"


def tries(refusals: list[bool], people: list[UUID] | None = None) -> list[Try]:
    """The latest first, a second apart."""
    people = people or [uuid4() for _ in refusals]
    return [
        Try(person, NOON - timedelta(seconds=number), refused, 550 if refused else 250)
        for number, (person, refused) in enumerate(zip(people, refusals, strict=True))
    ]


@given(st.lists(st.booleans(), max_size=400))
def test_fewer_than_twenty_refused_people_never_pause(refusals: list[bool]) -> None:
    kept = [refused and sum(refusals[:at]) < 19 for at, refused in enumerate(refusals)]
    assert burst(tries(kept)) is None


@given(st.lists(st.booleans(), max_size=30))
def test_one_address_never_pauses_however_often_it_is_tried(others: list[bool]) -> None:
    """Counted try by try instead of person by person, one dead address would stop everyone."""
    refusals = [*others, *[True] * 50]
    assert burst(tries(refusals, [UUID(int=1)] * len(refusals))) is None


@settings_of(max_examples=30)
@given(st.integers(min_value=0), st.integers(min_value=0, max_value=9_950))
def test_one_bad_address_in_a_hundred_never_pauses(seed: int, at: int) -> None:
    """Ten thousand people, a hundred of them refused, in any order that chance brings."""
    refusals = [True] * 100 + [False] * 9_900
    random.Random(seed).shuffle(refusals)
    assert burst(tries(refusals[at : at + 1_000])) is None


@given(
    st.lists(st.booleans(), max_size=400), st.integers(20, 50), st.randoms(use_true_random=False)
)
def test_twenty_of_the_last_fifty_always_do(
    before: list[bool], refused: int, chance: random.Random
) -> None:
    last = [True] * refused + [False] * (50 - refused)
    chance.shuffle(last)
    found = burst(tries([*last, *before]))
    assert found
    assert (found.refused, found.people, found.code) == (refused, 50, 550)


def test_the_burst_reaches_back_to_where_it_began() -> None:
    """A batch is longer than fifty; whoever was refused in it is put back with it."""
    begin = NOON - timedelta(seconds=299)
    long = tries([True] * 300 + [False] * 100 + [True])
    assert burst(long) == Burst(50, 50, begin, 550)


def test_a_healthy_batch_asks_nothing() -> None:
    assert not suspicious(failed=0, tried=50)
    assert not suspicious(failed=3, tried=50)
    assert suspicious(failed=13, tried=50)
    assert suspicious(failed=1, tried=1)


@pytest.fixture
def refusing(settings: Settings, server: Sink) -> Sink:
    """A mail server that refuses everyone."""
    server.rcpt = lambda _address: BROKEN
    return server


@pytest.fixture
def seventy(owe: Callable[..., Message]) -> list[Message]:
    """Seventy people who are owed the invitation."""
    return [owe() for _ in range(70)]


@pytest.fixture
def paused(refusing: Sink, seventy: list[Message], campaign: Campaign, clock: Clock) -> Campaign:
    pump(clock=clock)
    campaign.refresh_from_db()
    return campaign


def test_a_server_that_refuses_everyone_pauses_the_campaign(paused: Campaign) -> None:
    """Without `breaker_check` in the pump all of them end as undeliverable."""
    assert paused.state == "paused"
    assert 20 <= Message.objects.filter(state=State.REJECTED).count() <= 50
    decision = paused.decisions.get()
    assert (decision.kind, decision.by, decision.detail["reason"]) == (
        "paused", "Optrail", "transport",
    )  # fmt: skip
    event = json.loads(Event.objects.latest("seq").body)
    assert (event["kind"], event["actor"]) == ("campaign.paused", "system")
    assert event["data"]["refused"] == event["data"]["people"] == 20


def test_bad_addresses_are_no_broken_server(
    server: Sink, seventy: list[Message], campaign: Campaign, clock: Clock
) -> None:
    bad = {message.assignment.person.email for message in seventy[5::7]}
    server.rcpt = lambda address: "550 5.1.1 no such user" if address in bad else "250 OK"
    assert pump(clock=clock).counts[State.REJECTED] == len(bad) == 10
    campaign.refresh_from_db()
    assert campaign.state == "running"


def test_what_the_server_puts_off_pauses_nothing(
    server: Sink, seventy: list[Message], campaign: Campaign, clock: Clock
) -> None:
    """Greylisting puts everybody off once; nothing is lost by it."""
    server.rcpt = lambda _address: "451 4.7.1 greylisted, try later"
    assert pump(clock=clock).counts[State.DEFERRED] == 70
    campaign.refresh_from_db()
    assert campaign.state == "running"


def test_all_that_was_refused_goes_out_again_by_one_action(
    paused: Campaign, refusing: Sink, clock: Clock, alice: User
) -> None:
    pause = pauses()[0]
    assert (pause.paused, pause.waiting, pause.refused) == (True, 20, 20)
    assert "relaying denied" in pause.answer
    refusing.rcpt = lambda _address: "250 OK"
    clock.move(minutes=10)
    unsure = Message.objects.filter(state=State.REJECTED).latest("pk")
    Outcome.objects.create(message=unsure, attempt=1, state=State.UNCERTAIN, at=NOON)
    assert refused_resend(campaign=paused, user=alice, now=clock()) == 20
    again = Message.objects.filter(outcomes__state=State.PENDING)
    assert set(again.values_list("dated_at", "recipient")) == {(None, "")}
    event = json.loads(Event.objects.latest("seq").body)
    assert (event["kind"], event["data"]["messages"]) == ("messages.resent", 20)
    assert pump(clock=clock).counts[State.ACCEPTED] == 0  # paused still
    campaign_resume(campaign=paused, user=alice, now=clock())
    reminders_plan(now=clock())
    assert pump(clock=clock).counts[State.ACCEPTED] == 70
    assert not Assignment.objects.filter(undeliverable=True).exists()
    assert len(set(refusing.recipients)) == 70
    assert pauses() == []


def test_earlier_refusals_and_answers_are_not_sent_again(
    paused: Campaign, owe: Callable[..., Message], clock: Clock, alice: User
) -> None:
    earlier = owe(state=State.REJECTED, state_at=NOON - timedelta(days=1), next_at=None)
    answered = Message.objects.filter(state=State.REJECTED, state_at=NOON).first()
    assert answered
    Assignment.objects.filter(pk=answered.assignment_id).update(closed_at=NOON)
    assert refused_resend(campaign=paused, user=alice, now=clock()) == 19
    for message in (earlier, answered):
        message.refresh_from_db()
        assert message.state == State.REJECTED
    with pytest.raises(Refusal, match="left to send"):
        refused_resend(campaign=paused, user=alice, now=clock())


def test_a_server_that_cuts_line_after_line_pauses_the_campaign(
    seventy: list[Message], campaign: Campaign, clock: Clock, settings: Settings, as_alice: Client
) -> None:
    """Each run leaves two mails unknown; without `lost` that went on until all of them were."""
    with scripted(dot="") as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        for _ in range(35):
            clock.move(seconds=10)
            pump(clock=clock)
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert Message.objects.filter(state=State.UNCERTAIN).count() == 20
    facts = campaign.decisions.get().detail
    assert (facts["refused"], facts["lost"], facts["people"]) == (0, 20, 20)
    page = as_alice.get(reverse("sending")).content.decode()
    assert "the mail server did not answer 20 of the last 20 mails" in page
    assert (
        "did not answer 20"
        in as_alice.get(reverse("campaign", args=[campaign.pk])).content.decode()
    )


def test_what_a_killed_program_leaves_unknown_is_not_the_servers_fault(
    seventy: list[Message], campaign: Campaign
) -> None:
    for message in seventy[:30]:
        Outcome.objects.create(
            message=message, attempt=1, state=State.UNCERTAIN, at=NOON, answer=LINE_UNKNOWN
        )
    assert breaker_check(now=NOON) == []


def test_after_a_resume_it_counts_afresh(
    paused: Campaign, refusing: Sink, clock: Clock, alice: User
) -> None:
    """What was refused before the resume must not pause it again at once."""
    campaign_resume(campaign=paused, user=alice, now=clock.move(minutes=1))
    assert breaker_check(now=clock.move(minutes=1)) == []
    reminders_plan(now=clock())
    pump(clock=clock)
    paused.refresh_from_db()
    assert paused.state == "paused"
    assert [decision.kind for decision in paused.decisions.all()] == ["paused", "resumed", "paused"]


def test_two_that_look_at_once_pause_it_once(seventy: list[Message], campaign: Campaign) -> None:
    for message in seventy[:30]:
        Outcome.objects.create(
            message=message, attempt=1, state=State.REJECTED, at=NOON, code=550, answer="no"
        )
    assert [one.pk for one in breaker_check(now=NOON)] == [campaign.pk]
    assert breaker_check(now=NOON) == []
    assert campaign.decisions.count() == 1


def test_a_server_that_is_down_pauses_nothing_and_is_on_record(
    seventy: list[Message], campaign: Campaign, clock: Clock, settings: Settings
) -> None:
    """Nothing is lost by it: the next run tries again, and a success clears it."""
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    pump(clock=clock)
    pump(clock=clock_moved(clock))
    fault = transport_fault()
    assert fault
    assert fault.since == NOON
    assert fault.reason
    campaign.refresh_from_db()
    assert campaign.state == "running"
    with sink() as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        pump(clock=clock)
    assert transport_fault() is None
    assert Instance.objects.get().transport_fault == ""


def clock_moved(clock: Clock) -> Clock:
    clock.move(minutes=1)
    return clock
