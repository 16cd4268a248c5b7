"""Writes that people ask for: cancel, send again, write off, release, a test mail."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.signin.models import User
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.campaigns.policy import INVITATION
from compliance.reminders.endings import CANCELLABLE, gone_reason, messages_move
from compliance.reminders.instance import hold_reason, sending_release
from compliance.reminders.mails import UnmailableError, mail_for_test
from compliance.reminders.models import DECIDABLE, Message, Outcome, State
from compliance.reminders.pump import HELD, NO_TRANSPORT
from compliance.reminders.transports import (
    Line,
    LineLostError,
    Reply,
    TransportDownError,
    configured,
)
from compliance.reminders.transports.line import Envelope
from ledger import journal
from ledger.commands import Refusal

__all__ = [
    "message_resend",
    "message_write_off",
    "messages_cancel",
    "sending_release",
    "test_mail_send",
]
REASON_MAX = 300


def messages_cancel(*, assignments: AssignmentQuerySet, reason: str, now: datetime) -> int:
    """Nothing of what `assignments` are owed is sent any more; returns how many messages.

    Waits for a hand-over that is just being started: it is either fenced off or already under way.
    """
    rows = Message.objects.filter(assignment__in=assignments, state__in=CANCELLABLE)
    return messages_move(rows, State.CANCELLED, reason=reason, now=now)


def message_resend(*, message: Message, reason: str, user: User | None, now: datetime) -> Message:
    """Owe an uncertain or refused message again, with the same Message-ID. Raises Refusal.

    What was refused goes to the address that the directory has by now, under a date of its own.
    """
    with transaction.atomic():
        message = _decidable(message)
        if gone_reason(message.assignment):
            raise Refusal("Nobody waits for this mail any more: answered, left, or closed.")
        # It travels alone now: the mail that carried it is over.
        message.next_at, message.carried_by = now, None
        if message.state != State.UNCERTAIN:
            message.recipient, message.dated_at = "", None
            Assignment.objects.filter(pk=message.assignment_id).update(undeliverable=False)
        return _decide(
            message, State.PENDING, kind="message.resent", reason=reason, user=user, now=now
        )


def message_write_off(
    *, message: Message, reason: str, user: User | None, now: datetime
) -> Message:
    """Stop waiting for certainty about a message; it is never sent again. Raises Refusal."""
    with transaction.atomic():
        return _decide(
            _decidable(message),
            State.WRITTEN_OFF,
            kind="message.written_off",
            reason=reason,
            user=user,
            now=now,
        )


def test_mail_send(
    *,
    campaign: Campaign,
    to: str,
    now: datetime,
    step: int = INVITATION,  # noqa: PT028 - no test, for all its name
    language: str = "",  # noqa: PT028
) -> str:
    """Send the mail of `step`, marked as a test, to `to`; returns the server's answer.

    Without a `language` it is the campaign's. Raises Refusal with what is in the way.
    """
    transport = configured()
    if transport is None:
        raise Refusal(NO_TRANSPORT)
    if hold_reason():
        raise Refusal(HELD.format(hold_reason()))
    language = language or campaign.language or settings.LANGUAGE_CODE
    try:
        mail = mail_for_test(campaign, to=to, language=language, now=now, step=step)
        line = transport.connect()
        try:
            reply = _handed_over(line, mail.envelope, mail.data)
        finally:
            line.close()
    except (UnmailableError, TransportDownError, LineLostError) as error:
        raise Refusal(f"The test mail was not sent. {error}") from error
    if not reply.accepted:
        raise Refusal(f"The mail server refused the test mail: {reply.code} {reply.text}")
    return f"{reply.code} {reply.text}"


def _handed_over(line: Line, envelope: Envelope, data: bytes) -> Reply:
    reply = line.address(envelope)
    return line.deliver(data) if reply.accepted else reply


def _decidable(message: Message) -> Message:
    """The message as it is now, locked, after its assignment. Raises Refusal."""
    Assignment.objects.select_for_update(of=("self",)).get(pk=message.assignment_id)
    rows = Message.objects.select_for_update(of=("self",)).select_related(
        "assignment__campaign", "assignment__employee"
    )
    message = rows.get(pk=message.pk)
    if message.state not in DECIDABLE:
        raise Refusal(
            f"This message is in the state “{message.get_state_display()}”: there is nothing to "
            "decide about it."
        )
    return message


def _decide(
    message: Message,
    state: State,
    *,
    kind: str,
    reason: str,
    user: User | None,
    now: datetime,
) -> Message:
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MAX:
        raise Refusal(f"Say why, in at most {REASON_MAX} characters: auditors read it.")
    before = message.state
    message.state, message.state_at, message.reason = state, now, reason
    message.save()
    Outcome.objects.create(message=message, attempt=0, state=state, at=now, answer=reason)
    journal.append(
        kind,
        actor=user.ref if user else "command",
        subject=message.ref,
        now=now,
        data={"from": before, "step": message.step},
    )
    return message
