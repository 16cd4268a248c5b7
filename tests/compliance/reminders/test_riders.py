"""Mails of two campaigns that leave as one: all of them are fenced, and each gets its outcome."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from compliance.reminders.handover import start
from compliance.reminders.models import Message, State
from compliance.reminders.outbox import claim
from compliance.reminders.pump import pump
from compliance.reminders.services import messages_cancel
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, scripted, sink
from tests.factories import NOON, AssignmentFactory, CampaignFactory, MessageFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
Pair = tuple[Message, Message]


@pytest.fixture
def other(linkedin: GuideVersion) -> Campaign:
    """A second campaign that runs."""
    return CampaignFactory.create(running=True, guide_version=linkedin)


@pytest.fixture
def pair(owe: Callable[..., Message], other: Campaign) -> Pair:
    """Two campaigns owe one person a mail on one day."""
    carrier = owe()
    second = AssignmentFactory.create(campaign=other, employee=carrier.assignment.employee)
    return carrier, MessageFactory.create(assignment=second, carried_by=carrier)


def states(*messages: Message) -> list[str]:
    for message in messages:
        message.refresh_from_db()
    return [message.state for message in messages]


def answer(message: Message) -> None:
    mine = Assignment.objects.filter(pk=message.assignment_id)
    mine.update(closed_at=NOON)
    messages_cancel(assignments=mine, reason="answered", now=NOON)


def test_both_leave_as_one_mail_and_each_has_its_outcome(
    server: Sink, pair: Pair, clock: Clock
) -> None:
    report = pump(clock=clock)
    (mail,) = server.mails
    assert mail["Message-ID"].startswith(f"<{pair[0].id.hex}@")
    assert states(*pair) == [State.ACCEPTED, State.ACCEPTED]
    assert (report.counts["accepted"], report.pending) == (2, 0)
    for message in pair:
        assert message.outcomes.get().code == 250
        assert message.assignment.__class__.objects.get(pk=message.assignment_id).invited_on


def test_a_rider_whose_person_answered_is_not_in_the_mail(
    server: Sink, pair: Pair, clock: Clock
) -> None:
    """Promise 2. Without a fence of its own for each rider both links are mailed."""
    carrier, rider = pair
    (parcel,) = claim(owner=(owner := uuid4()), now=clock())
    answer(rider)
    going = start(parcel, owner=owner, now=clock())
    assert going is not None
    assert going.keys == [carrier.pk]


def test_a_carrier_that_is_cancelled_frees_its_rider(
    server: Sink, pair: Pair, clock: Clock
) -> None:
    carrier, rider = pair
    answer(carrier)
    rider.refresh_from_db()
    assert rider.carried_by is None
    assert pump(clock=clock).counts["accepted"] == 1
    assert server.mails[0]["Message-ID"].startswith(f"<{rider.id.hex}@")
    assert states(carrier, rider) == [State.CANCELLED, State.ACCEPTED]


def test_a_carrier_that_is_refused_at_the_fence_takes_no_rider_along(
    pair: Pair, clock: Clock
) -> None:
    """A rider that were started with it would be uncertain, though no mail has left."""
    (parcel,) = claim(owner=(owner := uuid4()), now=clock())
    answer(pair[0])
    assert start(parcel, owner=owner, now=clock()) is None
    assert states(*pair) == [State.CANCELLED, State.LEASED]


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_rider_does_not_wait_for_a_campaign_that_stands_still(
    server: Sink, pair: Pair, clock: Clock, campaign: Campaign, state: str
) -> None:
    """Without `_carried` in `claimable` it waits as long as the other campaign is paused."""
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert pump(clock=clock).counts["accepted"] == 1
    assert states(pair[1]) == [State.ACCEPTED]
    assert pair[1].carried_by is None


def test_a_rider_left_behind_by_a_mail_that_is_over_travels_alone(
    server: Sink, pair: Pair, clock: Clock, other: Campaign
) -> None:
    Campaign.objects.filter(pk=other.pk).update(state="paused")
    pump(clock=clock)
    assert states(*pair) == [State.ACCEPTED, State.PENDING]
    Campaign.objects.filter(pk=other.pk).update(state="running")
    pump(clock=clock)
    assert states(*pair) == [State.ACCEPTED, State.ACCEPTED]
    assert len(server.mails) == 2


def test_what_is_put_off_is_put_off_together(pair: Pair, clock: Clock, settings: Settings) -> None:
    answers = iter(["451 later", "250 queued"])
    with sink(data=lambda envelope: next(answers)) as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        assert pump(clock=clock).counts["deferred"] == 2
        clock.move(minutes=5)
        pump(clock=clock)
    assert len(server.mails) == 1
    assert states(*pair) == [State.ACCEPTED, State.ACCEPTED]


def test_a_line_lost_after_the_mail_leaves_both_uncertain(
    pair: Pair, clock: Clock, settings: Settings
) -> None:
    """Promise 1: whatever was in the mail is never sent again by itself."""
    with scripted(dot="") as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        assert pump(clock=clock).counts["uncertain"] == 2
    assert states(*pair) == [State.UNCERTAIN, State.UNCERTAIN]
    with sink() as well:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{well.port}"
        clock.move(days=1)
        pump(clock=clock)
    assert well.mails == []


def test_a_claim_that_lapses_gives_both_back(server: Sink, pair: Pair, clock: Clock) -> None:
    claim(owner=uuid4(), now=clock())
    clock.now += timedelta(minutes=3)
    assert pump(clock=clock).counts["accepted"] == 2
    assert len(server.mails) == 1
