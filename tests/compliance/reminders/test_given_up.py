"""When a mail that is put off is given up, and what begins anew when it is owed once more."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import campaign_pause, campaign_resume
from compliance.reminders.endings import BACK, lapsed_settle, messages_move
from compliance.reminders.handover import start
from compliance.reminders.models import Message, State
from compliance.reminders.outbox import claim
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from compliance.reminders.services import message_resend
from compliance.reminders.verdicts import GIVE_UP_TRIES
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]
WEEK = timedelta(days=7)


@pytest.fixture
def busy(settings: Settings) -> Iterator[Sink]:
    """A mail server that puts everything off."""
    with sink(data=lambda envelope: "451 try later") as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        yield server


def tried(message: Message, clock: Clock) -> str:
    pump(clock=clock)
    message.refresh_from_db()
    return message.state


def moved(message: Message, email: str) -> None:
    employee = message.assignment.person
    employee.email = email
    employee.save()


def paused_and_resumed(campaign: Campaign, clock: Clock) -> None:
    campaign.refresh_from_db()
    campaign_pause(campaign=campaign, user=None, now=clock.now)
    clock.now += WEEK
    campaign_resume(campaign=campaign, user=None, now=clock.now)
    assert reminders_plan(now=clock.now) == 1


def left_unknown(clock: Clock) -> None:
    """A run starts the one mail, and dies."""
    (parcel,) = claim(owner=(owner := uuid4()), now=clock.now)
    assert start(parcel, owner=owner, now=clock.now)
    assert lapsed_settle(now=clock.move(minutes=16)) == 1


def numbers(message: Message) -> list[int]:
    rows = message.outcomes.filter(attempt__gt=0).order_by("id")
    return list(rows.values_list("attempt", flat=True))


def test_after_a_pause_a_mail_that_was_put_off_begins_anew(
    busy: Sink, campaign: Campaign, owe: Callable[..., Message], clock: Clock
) -> None:
    """Removed: `_begin_anew`. It is then tried at the old address, under the old date."""
    message = owe()
    assert tried(message, clock) == State.DEFERRED
    moved(message, "new@example.com")
    paused_and_resumed(campaign, clock)
    assert tried(message, clock) == State.DEFERRED
    assert (message.recipient, message.dated_at) == ("new@example.com", clock.now)
    assert numbers(message) == [1, 2]


def test_what_perhaps_arrived_stays_the_same_mail_and_its_tries_count_anew(
    busy: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    """Removed: `exclude` in `_begin_anew`, `id__gt` in `_tried_enough`; each alone is noticed."""
    message = owe()
    first = message.assignment.person.email
    for _ in range(GIVE_UP_TRIES):
        assert tried(message, clock) == State.DEFERRED
        clock.move(hours=12)
    left_unknown(clock)
    message_resend(message=message, reason="asked Bob", user=None, now=clock.now)
    moved(message, "new@example.com")
    mine = Message.objects.filter(pk=message.pk)
    messages_move(mine.filter(state=State.PENDING), State.CANCELLED, reason="paused", now=clock.now)
    clock.now += WEEK
    messages_move(mine.filter(state=State.CANCELLED), State.PENDING, reason=BACK, now=clock.now)
    assert tried(message, clock) == State.DEFERRED
    assert (message.recipient, message.dated_at) == (first, NOON)


def test_a_mail_that_was_given_up_and_is_sent_again_is_not_given_up_at_once(
    busy: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    """Removed: `dated_at` in `message_resend`. It then leaves under its old date."""
    message = owe(state=State.REJECTED, next_at=None, dated_at=NOON, recipient="old@example.com")
    clock.now += WEEK
    message_resend(message=message, reason="the server works again", user=None, now=clock.now)
    assert tried(message, clock) == State.DEFERRED
    assert (message.recipient, message.dated_at) == (message.assignment.person.email, clock.now)


def test_while_sending_is_stopped_no_tries_are_counted(
    busy: Sink, owe: Callable[..., Message], clock: Clock
) -> None:
    """Removed: the least number of tries. It is then given up at the second."""
    message = owe()
    assert tried(message, clock) == State.DEFERRED
    clock.now += WEEK
    for _ in range(GIVE_UP_TRIES - 2):
        assert tried(message, clock) == State.DEFERRED
        clock.move(hours=12)
    assert tried(message, clock) == State.REJECTED
    assert message.reason == "gave up after 4 days: try later"
