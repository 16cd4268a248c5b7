"""What a report changes, and what it never does."""

import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest
from pytest_django import Settings

from accounts.signin.models import User
from compliance.campaigns.models import Assignment
from compliance.reminders.bounces.services import Reading, message_bounce, report_ingest
from compliance.reminders.mails import return_path
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.seal import outcomes_seal
from compliance.reminders.services import message_resend
from ledger.models import Event
from tests.compliance.reminders.bounces.conftest import Sent
from tests.compliance.reminders.bounces.reports import (
    exim,
    mail_of_a_person,
    qmail,
    report,
)
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]
Path = Callable[[Message], str]
LATER = NOON + timedelta(minutes=1)


def ingest(raw: bytes) -> Reading:
    return report_ingest(raw, now=LATER)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.UNCERTAIN])
def test_a_hard_bounce_is_on_record_and_its_person_undeliverable(
    sent: Sent, way_back: Path, state: str
) -> None:
    message = sent(state=state)
    assert ingest(report(to=way_back(message))) == Reading.BOUNCED
    message.refresh_from_db()
    assert (message.state, message.state_at) == (State.BOUNCED, LATER)
    assert message.reason == "550 5.1.1 <address>: no such user here"
    outcome = message.outcomes.get()
    assert (outcome.attempt, outcome.state, outcome.code, outcome.recipient) == (
        0,
        State.BOUNCED,
        550,
        "bob@example.com",
    )
    assert "bob@" not in outcome.answer
    assert Assignment.objects.get().undeliverable


@pytest.mark.parametrize("form", [exim, qmail])
def test_a_free_form_counts_as_much(
    sent: Sent, way_back: Path, form: Callable[[str], bytes]
) -> None:
    message = sent()
    assert ingest(form(way_back(message))) == Reading.BOUNCED


def test_a_forged_report_changes_nothing(sent: Sent, way_back: Path, settings: Settings) -> None:
    """Removed: the comparison of the secret in `bounce_key`. This test then fails."""
    message = sent()
    settings.MAIL_KEY = "somebody else's key of at least 32 letters"
    forged = return_path(message.id, "privacy@example.com")
    settings.MAIL_KEY = "the key that we sign with, as long as it has to be"
    bare = "privacy@example.com"
    for raw in (report(to=forged), report(to=bare, returned=forged), exim(forged), report(to=bare)):
        assert ingest(raw) == Reading.NOT_OURS
    message.refresh_from_db()
    assert (message.state, message.outcomes.count()) == (State.ACCEPTED, 0)
    assert not Assignment.objects.get().undeliverable


def test_a_secret_of_a_mail_that_is_not_in_this_database_changes_nothing(db: None) -> None:
    assert ingest(report(to=return_path(uuid4(), "privacy@example.com"))) == Reading.NOT_OURS


def test_the_secret_in_the_returned_mail_is_as_good(sent: Sent, way_back: Path) -> None:
    raw = report(to="privacy@example.com", returned=way_back(sent()).upper())
    assert ingest(raw) == Reading.BOUNCED


def test_the_same_report_twice_changes_nothing(sent: Sent, way_back: Path) -> None:
    raw = report(to=way_back(sent()))
    assert [ingest(raw), ingest(raw)] == [Reading.BOUNCED, Reading.KNOWN]
    assert Outcome.objects.count() == 1


def test_a_delay_is_counted_and_changes_nothing(sent: Sent, way_back: Path) -> None:
    message = sent()
    raw = report(to=way_back(message), action="delayed", status="4.4.1")
    assert ingest(raw) == Reading.DELAYED
    assert Message.objects.get().state == State.ACCEPTED
    assert not Outcome.objects.exists()


def test_an_absence_note_changes_nothing(sent: Sent, way_back: Path) -> None:
    note = mail_of_a_person(way_back(sent()), subject="Out of office: back on Monday")
    assert ingest(note) == Reading.NOT_A_BOUNCE
    assert Message.objects.get().state == State.ACCEPTED


@pytest.mark.parametrize(
    "state", [State.PENDING, State.REJECTED, State.CANCELLED, State.WRITTEN_OFF]
)
def test_only_what_was_handed_over_can_come_back(sent: Sent, way_back: Path, state: str) -> None:
    message = sent(state=state)
    assert ingest(report(to=way_back(message))) == Reading.KNOWN
    assert Message.objects.get().state == state


def test_what_waits_for_the_same_person_is_not_sent_any_more(
    sent: Sent, owe: Callable[..., Message], way_back: Path
) -> None:
    invitation = sent()
    waiting = owe(invitation.assignment, step=3)
    other = owe(step=3)
    ingest(report(to=way_back(invitation)))
    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.state, waiting.reason) == (State.CANCELLED, "undeliverable")
    assert other.state == State.PENDING


def test_all_that_travelled_in_a_mail_comes_back_with_it(
    sent: Sent, owe: Callable[..., Message], way_back: Path
) -> None:
    """Removed: `carried_by` in `message_bounce`. This test then fails."""
    carrier = sent()
    rider = sent(carried_by=carrier)
    ingest(report(to=way_back(carrier)))
    rider.refresh_from_db()
    assert rider.state == State.BOUNCED
    assert rider.outcomes.get().answer == carrier.outcomes.get().answer
    assert Assignment.objects.filter(undeliverable=True).count() == 2


def test_an_answer_that_was_given_stays(sent: Sent, way_back: Path) -> None:
    message = sent()
    Assignment.objects.update(answer="was_off", answered_at=NOON, closed_at=NOON)
    assert ingest(report(to=way_back(message))) == Reading.BOUNCED
    assignment = Assignment.objects.get()
    assert (assignment.answer, assignment.closed_at, assignment.status) == (
        "was_off",
        NOON,
        "answered",
    )


def test_an_old_report_does_not_bounce_what_was_sent_again_to_another_address(
    sent: Sent, way_back: Path, alice: User
) -> None:
    """Removed: `_overtaken`. This test then fails."""
    message = sent()
    Outcome.objects.create(
        message=message, attempt=1, state=State.ACCEPTED, at=NOON, recipient=message.recipient
    )
    raw = report(to=way_back(message))
    ingest(raw)
    message_resend(message=message, reason="corrected", user=alice, now=LATER)
    Message.objects.update(state=State.ACCEPTED, state_at=LATER, recipient="bob.b@example.com")
    assert ingest(raw) == Reading.KNOWN
    assert ingest(report(to=way_back(message), recipient="bob.b@example.com")) == Reading.BOUNCED


def test_an_old_report_does_not_bounce_what_was_sent_again_to_the_same_address(
    sent: Sent, way_back: Path, alice: User
) -> None:
    message = sent()
    raw = report(to=way_back(message))
    ingest(raw)
    message_resend(message=message, reason="the mailbox was full", user=alice, now=LATER)
    again = NOON + timedelta(hours=2)
    Message.objects.update(state=State.ACCEPTED, state_at=again, recipient="bob@example.com")
    assert ingest(raw) == Reading.KNOWN
    fresh = report(to=way_back(message), date=format_datetime(again + timedelta(seconds=5)))
    assert ingest(fresh) == Reading.BOUNCED


def test_a_bounce_is_sealed_and_its_person_can_be_sent_to_again(
    sent: Sent, way_back: Path, alice: User
) -> None:
    message = sent()
    ingest(report(to=way_back(message)))
    outcomes_seal(now=LATER)
    assert json.loads(Event.objects.latest("seq").body)["data"]["outcomes"] == 1
    message_resend(message=message, reason="corrected", user=alice, now=LATER)
    assert not Assignment.objects.get().undeliverable


def test_nothing_is_half_applied(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Removed: the transaction around a bounce. This test then fails."""
    message = sent()

    def broken(**_: object) -> int:
        raise RuntimeError

    monkeypatch.setattr("compliance.reminders.bounces.services.messages_cancel", broken)
    with pytest.raises(RuntimeError):
        message_bounce(message=message, code=550, answer="no", now=LATER)
    assert Message.objects.get().state == State.ACCEPTED
    assert not Outcome.objects.exists()
