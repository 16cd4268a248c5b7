"""What people do about a mail that came back: correct the address, or pass the link on by hand."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.directory.models import Employee
from accounts.directory.services import employee_correct_address
from accounts.sets import rows_lock
from accounts.signin.models import User
from compliance.campaigns.links import link_url
from compliance.campaigns.models import Assignment
from compliance.reminders.endings import gone_reason
from compliance.reminders.models import UNDELIVERABLE, Message
from compliance.reminders.services import message_resend, message_write_off
from ledger import journal
from ledger.commands import Refusal

CORRECTED = "The address was corrected."
NEWER = "The address was corrected; the newer mail goes out again."


def address_correct(*, message: Message, email: str, user: User, now: datetime) -> int:
    """Correct the address of `message`'s person, and owe again what came back from the old one.

    In each campaign that still waits for the person it is the latest mail, under its Message-ID;
    older ones are written off. Returns how many mails are owed again. Raises Refusal.
    """
    with transaction.atomic():
        # People before assignments before messages, and all of them before the ledger: the order
        # in which imports and answers lock them.
        employee = Employee.objects.select_for_update(of=("self",)).get(
            pk=message.assignment.person.pk
        )
        came_back = _came_back(employee)
        if message.pk not in {mail.pk for mail in came_back}:
            raise Refusal("This mail has not come back, or has been decided on already.")
        employee_correct_address(employee=employee, email=email, user=user, now=now)
        return _owe_again(came_back, user, now)


def link_show(*, message: Message, user: User, now: datetime) -> str:
    """The personal link behind a mail that came back, to be passed on by hand; a ledger event.

    Raises Refusal when the mail has not come back, and when nobody waits for an answer.
    """
    with transaction.atomic():
        rows = Message.objects.select_related("assignment__campaign", "assignment__employee")
        message = rows.select_for_update(of=("self",)).get(pk=message.pk)
        if message.state not in UNDELIVERABLE:
            raise Refusal("This mail has not come back, or has been decided on already.")
        if gone_reason(message.assignment):
            raise Refusal("Nobody waits for this answer any more: answered, left, or closed.")
        journal.append(
            "link.shown",
            actor=user.ref,
            subject=message.assignment.ref,
            now=now,
            data={"version": message.assignment.link_version},
        )
    return link_url(message.assignment)


def _came_back(employee: Employee) -> list[Message]:
    """The person's undeliverable mails, newest first, locked after their assignments."""
    rows_lock(Assignment.objects.filter(employee=employee))
    mails = Message.objects.filter(assignment__employee=employee, state__in=UNDELIVERABLE)
    full = mails.select_related("assignment__campaign", "assignment__employee")
    return list(full.select_for_update(of=("self",)).order_by("-planned_at", "-pk"))


def _owe_again(came_back: list[Message], user: User, now: datetime) -> int:
    owed: set[UUID] = set()
    for mail in came_back:
        if gone_reason(mail.assignment):
            continue
        if mail.assignment_id in owed:
            message_write_off(message=mail, reason=NEWER, user=user, now=now)
        else:
            message_resend(message=mail, reason=CORRECTED, user=user, now=now)
            owed.add(mail.assignment_id)
    return len(owed)
