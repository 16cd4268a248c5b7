"""A company whose people are easy to find: every word about them begins in one way."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from accounts.imports.models import ImportRun
from accounts.imports.services import import_apply, import_read, import_upload
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_close, campaign_launch
from compliance.guides.models import GuideVersion
from compliance.reminders.leave_services import leave_record
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.seal import outcomes_seal
from tests.factories import NOON, CampaignFactory

DAY = timedelta(days=1)
HEADER = "id,first,last,email,country,department,office,manager"
# What stands in no other text of the product.
MARKS = ("xaveria", "quillfeather", "zq-", "ravenmoor")


def line(number: int) -> str:
    """Somebody's line in an import; everyone reports to number 0."""
    return (
        f"ZQ-{number:05d},Xaveria{number},Quillfeather{number},xaveria{number}@ravenmoor.example,"
        "DE,Sales,Bonn,xaveria0@ravenmoor.example"
    )


def imported(*lines: str, name: str = "people.csv", applied: bool = True) -> ImportRun:
    """Import lines of people."""
    data = "\n".join([HEADER, *lines]).encode()
    run = import_upload(file=io.BytesIO(data), name=name, user=None, now=NOON)
    import_read(run=run, now=NOON)
    if applied:
        import_apply(run=run, actor="system", complete=False, confirm_leavers=False, now=NOON)
    run.refresh_from_db()
    return run


def launched(version: GuideVersion, **fields: Any) -> Campaign:
    """A campaign that asks everyone."""
    campaign = CampaignFactory.create(guide_version=version, **fields)
    return campaign_launch(campaign=campaign, user=None, now=NOON)


def mailed(campaign: Campaign) -> None:
    """Every invitation was tried: taken, refused or put off, in servers' words; then sealed."""
    messages = list(Message.objects.filter(assignment__campaign=campaign).order_by("pk"))
    for number, message in enumerate(messages):
        message.recipient = message.assignment.person.email
        message.dated_at, message.next_at, message.attempts = NOON, None, 1
        message.state = (State.ACCEPTED, State.REJECTED, State.BOUNCED)[number % 3]
        message.reason = f"mailbox of {message.assignment.first_name} is full"
    Message.objects.bulk_update(
        messages,
        ["recipient", "dated_at", "next_at", "attempts", "state", "reason"],
        batch_size=200,
    )
    Outcome.objects.bulk_create(
        Outcome(
            message=message,
            attempt=1,
            state=message.state,
            at=NOON,
            code=550,
            answer=message.reason,
            recipient=message.recipient,
        )
        for message in messages
    )
    outcomes_seal(now=NOON + DAY)


def answered(assignment: Assignment, answer: str = "turned_off") -> None:
    """Somebody answers from their link."""
    attestation_record(
        assignment_id=assignment.pk,
        link_version=assignment.link_version,
        answer=answer,
        now=NOON + DAY,
    )


def on_leave(assignment: Assignment) -> None:
    """Somebody is away for a week: a due date of their own."""
    day = (NOON + 10 * DAY).date()
    leave_record(
        employee=assignment.person, starts_on=day, ends_on=day + 7 * DAY, user=None, now=NOON
    )


def closed(campaign: Campaign) -> Campaign:
    """The campaign is over."""
    return campaign_close(campaign=campaign, user=None, now=NOON + 20 * DAY)


@dataclass(frozen=True)
class Trace:
    """A place where somebody can still be read."""

    table: str
    row: str


def traces(*marks: str) -> Iterator[Trace]:
    """Every row of every table in which one of `marks` stands, whatever the column."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = " ".join(map(_text, row)).lower()
                if any(mark in text for mark in marks):
                    yield Trace(table, text)


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)
