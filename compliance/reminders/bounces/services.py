"""What a report changes: the mail came back, and its person is not mailed any more."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from compliance.campaigns.models import Assignment
from compliance.reminders.bounces.fates import FAILED, Report, scrubbed
from compliance.reminders.bounces.parsing import mail_parse
from compliance.reminders.bounces.reading import addresses, report_read
from compliance.reminders.mails import bounce_key
from compliance.reminders.models import UNDER_WAY, Message, Outcome, State
from compliance.reminders.picked import picked_update
from compliance.reminders.services import messages_cancel
from ledger.commands import Refusal

BOUNCEABLE = (State.ACCEPTED, State.UNCERTAIN)
# Why what waited for the same person is not sent any more.
UNDELIVERABLE = "undeliverable"
# So far two servers' clocks may be apart.
CLOCKS_APART = timedelta(minutes=15)


class Reading(StrEnum):
    """What one mail in the bounce mailbox turned out to be."""

    BOUNCED = "bounced"  # our mail came back, and that was news
    DELAYED = "delayed"  # the mail server still tries
    KNOWN = "known"  # that it came back is known already, or it was sent again since
    UNDER_WAY = "under_way"  # we have not heard yet what became of that mail: to be read again
    NOT_A_BOUNCE = "not_a_bounce"  # an absence note, a receipt, a reply
    NOT_OURS = "not_ours"  # it does not hold the secret of a mail that we sent


def report_ingest(raw: bytes, *, now: datetime) -> Reading:
    """Read one mail and do what it calls for, in one transaction. Raises MalformedError.

    Only our own secret leads to a message; without it nothing is looked into any further.
    """
    mail = mail_parse(raw)
    key = next((key for key in map(bounce_key, addresses(mail)) if key), None)
    message = Message.objects.filter(pk=key).first() if key else None
    if message is None:
        return Reading.NOT_OURS
    report = report_read(mail, raw)
    fate = report.fate_of(message.recipient) if report else None
    if report is None or fate is None:
        return Reading.NOT_A_BOUNCE
    if fate.kind != FAILED:
        return Reading.DELAYED
    if _erased(message) or _overtaken(message, report):
        return Reading.KNOWN
    # Read before: if it is accepted meanwhile, reading the report again finds that.
    if message.state in UNDER_WAY:
        return Reading.UNDER_WAY
    bounced = message_bounce(message=message, code=fate.code, answer=fate.answer, now=now)
    return Reading.BOUNCED if bounced else Reading.KNOWN


def secrets_required() -> None:
    """Raises Refusal when mails leave without a secret: no report could be told from a forgery."""
    if not settings.EMAIL_BOUNCES:
        raise Refusal(
            "EMAIL_BOUNCES is off: mails leave without a return path of their own, so that no "
            "bounce can be matched. Set EMAIL_BOUNCES=true; bounces of mails sent from then on "
            "can be read."
        )


def message_bounce(*, message: Message, code: int, answer: str, now: datetime) -> int:
    """The mail of `message` came back, with all that travelled in it; returns how many messages.

    Only what was handed over can come back: whoever reports it again changes nothing. The person
    counts as undeliverable in these campaigns, and nothing that waits is sent; answers stay.
    """
    in_mail = Message.objects.filter(Q(pk=message.pk) | Q(carried_by=message.pk))
    said = scrubbed(answer)
    with transaction.atomic():
        # Assignments before messages: the order in which an answer locks them.
        people = _locked(in_mail.filter(state__in=BOUNCEABLE).values_list("assignment", flat=True))
        came_back = picked_update(
            in_mail.filter(state__in=BOUNCEABLE, assignment__in=people),
            state=State.BOUNCED,
            state_at=now,
            next_at=None,
            reason=said,
        )
        Outcome.objects.bulk_create(
            Outcome(
                message_id=key,
                attempt=0,
                state=State.BOUNCED,
                at=now,
                code=code,
                answer=said,
                recipient=message.recipient,
            )
            for key in came_back
        )
        if came_back:
            theirs = Message.objects.filter(pk__in=came_back).values("assignment")
            assignments = Assignment.objects.filter(pk__in=theirs)
            assignments.update(undeliverable=True)
            messages_cancel(assignments=assignments, reason=UNDELIVERABLE, now=now)
    return len(came_back)


def _locked(assignments: QuerySet[Message, UUID]) -> list[UUID]:
    rows = Assignment.objects.filter(pk__in=assignments).order_by("pk")
    return list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _erased(message: Message) -> bool:
    """Whether what the report says would only bring an erased person back."""
    return Assignment.objects.erased().filter(pk=message.assignment_id).exists()


def _overtaken(message: Message, report: Report) -> bool:
    """Whether the report is about an earlier sending of a mail that was sent again since.

    The same return path serves every sending of a message, so address and time have to tell.
    """
    earlier = message.outcomes.exclude(recipient="").exclude(recipient=message.recipient)
    to_others = {address.lower() for address in earlier.values_list("recipient", flat=True)}
    if report.addresses & to_others and message.recipient.lower() not in report.addresses:
        return True
    if not (report.written_at and message.state_at):
        return False
    before = report.written_at < message.state_at - CLOCKS_APART
    return before and message.outcomes.filter(state=State.BOUNCED).exists()
