import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_close
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.pump import pump
from compliance.reminders.services import (
    message_resend,
    message_write_off,
    messages_cancel,
)
from compliance.reminders.services import (
    test_mail_send as mail_send_test,
)
from ledger.commands import Refusal
from ledger.models import Event
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, scripted, sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]
WHY = "The mail server's log shows that it was never queued."


def last_event() -> Any:
    return json.loads(Event.objects.latest("seq").body)


@pytest.mark.parametrize("state", [State.PENDING, State.DEFERRED, State.LEASED])
def test_what_has_not_started_is_cancelled(owe: Callable[..., Message], state: str) -> None:
    """Promise 2. Without `messages_cancel` in the receiver of `asking_stopped` it stays owed."""
    message = owe(state=state, lease_until=NOON)
    assert messages_cancel(assignments=Assignment.objects.all(), reason="answered", now=NOON) == 1
    message.refresh_from_db()
    assert (message.state, message.reason, message.lease_until) == (
        State.CANCELLED,
        "answered",
        None,
    )
    assert message.outcomes.values_list("attempt", "state", "answer").get() == (
        0,
        "cancelled",
        "answered",
    )


@pytest.mark.parametrize("state", [State.STARTED, State.ACCEPTED, State.UNCERTAIN, State.REJECTED])
def test_what_has_started_or_ended_stays_what_it_is(
    owe: Callable[..., Message], state: str
) -> None:
    owe(state=state)
    assert messages_cancel(assignments=Assignment.objects.all(), reason="answered", now=NOON) == 0


def test_closing_a_campaign_cancels_what_it_owes(
    owe: Callable[..., Message], campaign: Campaign, alice: User
) -> None:
    message = owe()
    campaign_close(campaign=campaign, user=alice, now=NOON)
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.CANCELLED, "closed")


def test_an_officer_sends_an_uncertain_mail_again_under_the_same_id(
    owe: Callable[..., Message], alice: User, clock: Clock, settings: Settings
) -> None:
    with scripted(dot="") as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        message = owe()
        pump(clock=clock)
    message_resend(message=message, reason=WHY, user=alice, now=clock.move(hours=1))
    with sink() as well:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{well.port}"
        pump(clock=clock)
    (mail,) = well.mails
    assert mail["Message-ID"] == f"<{message.id.hex}@example.com>"
    assert mail["Date"].datetime == NOON
    states = list(message.outcomes.order_by("id").values_list("state", flat=True))
    assert states == ["uncertain", "pending", "accepted"]


def test_sending_again_is_in_the_ledger_without_its_reason(
    owe: Callable[..., Message], alice: User
) -> None:
    message = owe(state=State.UNCERTAIN)
    message_resend(message=message, reason=WHY, user=alice, now=NOON)
    event = last_event()
    assert (event["kind"], event["actor"], event["subject"]) == (
        "message.resent",
        alice.ref,
        message.ref,
    )
    assert event["data"] == {"from": "uncertain", "step": 0}
    assert message.outcomes.get().answer == WHY


def test_a_refused_mail_goes_to_the_address_that_the_directory_has_by_now(
    owe: Callable[..., Message],
    ask: Callable[..., Assignment],
    alice: User,
    clock: Clock,
    server: Sink,
) -> None:
    assignment = ask(undeliverable=True)
    message = owe(assignment, state=State.REJECTED, recipient="wrong@example.com")
    message_resend(message=message, reason=WHY, user=alice, now=NOON)
    pump(clock=clock)
    assert server.recipients == [assignment.person.email]
    assignment.refresh_from_db()
    assert not assignment.undeliverable


@pytest.mark.parametrize("change", [{"closed_at": NOON}, {"withdrawn": True}])
def test_nothing_is_sent_again_to_whoever_answered_or_left(
    owe: Callable[..., Message], alice: User, change: Any
) -> None:
    message = owe(state=State.UNCERTAIN)
    Assignment.objects.update(**change)
    with pytest.raises(Refusal, match="Nobody waits"):
        message_resend(message=message, reason=WHY, user=alice, now=NOON)


def test_nothing_is_sent_again_in_a_closed_campaign(
    owe: Callable[..., Message], alice: User
) -> None:
    message = owe(state=State.REJECTED)
    Campaign.objects.update(state="closed")
    with pytest.raises(Refusal, match="Nobody waits"):
        message_resend(message=message, reason=WHY, user=alice, now=NOON)


def test_an_officer_writes_a_mail_off(
    owe: Callable[..., Message], alice: User, clock: Clock, server: Sink
) -> None:
    message = owe(state=State.UNCERTAIN)
    message_write_off(message=message, reason=WHY, user=alice, now=NOON)
    pump(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.WRITTEN_OFF, WHY)
    assert last_event()["kind"] == "message.written_off"
    assert server.mails == []


@pytest.mark.parametrize("decide", [message_resend, message_write_off])
@pytest.mark.parametrize(
    "state", [State.PENDING, State.ACCEPTED, State.CANCELLED, State.WRITTEN_OFF]
)
def test_nothing_is_decided_about_any_other_mail(
    owe: Callable[..., Message], alice: User, decide: Callable[..., Message], state: str
) -> None:
    message = owe(state=state)
    with pytest.raises(Refusal, match="nothing to decide"):
        decide(message=message, reason=WHY, user=alice, now=NOON)
    assert not Outcome.objects.exists()


@pytest.mark.parametrize("reason", ["", " \n", "x" * 301])
def test_every_decision_has_a_reason(owe: Callable[..., Message], alice: User, reason: str) -> None:
    message = owe(state=State.UNCERTAIN)
    with pytest.raises(Refusal, match="Say why"):
        message_write_off(message=message, reason=reason, user=alice, now=NOON)
    assert Message.objects.get().state == State.UNCERTAIN


def test_a_test_mail_goes_out_at_once(server: Sink, campaign: Campaign) -> None:
    assert mail_send_test(campaign=campaign, to="alice@example.com", now=NOON) == "250 queued"
    assert server.recipients == ["alice@example.com"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("answers", "says"),
    [({"rcpt": "550 no"}, "550 no"), ({"mail": "553 no"}, "EMAIL_FROM"), ({"dot": ""}, "not sent")],
)
def test_a_test_mail_that_fails_says_why(
    campaign: Campaign, settings: Settings, answers: Any, says: str
) -> None:
    with scripted(**answers) as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        with pytest.raises(Refusal, match=says):
            mail_send_test(campaign=campaign, to="alice@example.com", now=NOON)


def test_without_a_mail_server_a_test_mail_says_what_to_set(
    campaign: Campaign, settings: Settings
) -> None:
    settings.EMAIL_URL = ""
    with pytest.raises(Refusal, match="EMAIL_URL"):
        mail_send_test(campaign=campaign, to="alice@example.com", now=NOON)
