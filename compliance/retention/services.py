"""Erasing one person, on request: everywhere, at once, or a refusal and nothing."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.directory.forgetting import employees_forget
from accounts.directory.models import Employee, LeftReason
from accounts.directory.signals import directory_changed, directory_follow
from accounts.sets import rows_lock
from accounts.signin.models import User
from compliance.campaigns.forgetting import assignments_close, frozen_blank
from compliance.campaigns.models import Assignment
from compliance.reminders.alone import one_at_a_time
from compliance.reminders.forgetting import being_handed_over, mails_forget
from compliance.retention.disk import disk_wipe
from compliance.retention.holds import ERASURE, hold_words, holds_on_person
from compliance.retention.models import Erasure, Reason
from compliance.retention.numbering import Order, by_campaign, erasure_record, numbers_next
from compliance.retention.people import imports_of_people_forget, traces_forget
from ledger.checkpoints import Occasion, checkpoint_after_commit
from ledger.commands import Refusal
from ledger.vault import values_forget

_ON_THE_WIRE = (
    "A mail to this person is being handed to the mail server at this moment. Try again in a few "
    "minutes."
)


def employee_erase(
    *, employee: Employee, user: User | None, reason: Reason, now: datetime
) -> Erasure:
    """Erase a person for good (Art. 17 GDPR): one number in every campaign, no directory entry.

    Whoever is still asked is withdrawn first, and nothing more is sent. Imports that wait are
    discarded. Ends with `people.erased`. Raises Refusal under a legal hold, while a mail is being
    handed over or an import read, and for somebody who is gone; then nothing has changed.
    """
    order = Order(f"employee:{employee.pk}", reason, user, now, uuid.uuid4())
    with transaction.atomic(), one_at_a_time(ERASURE):
        counts = imports_of_people_forget([employee.pk])
        employee = _locked(employee)
        _refuse_held(employee, now)
        followed = _leave(employee, now)
        erasure = _erase(employee, order, counts, followed)
        checkpoint_after_commit(now=now, occasion=Occasion.ROUTINE)
        transaction.on_commit(disk_wipe)
    return erasure


def _locked(employee: Employee) -> Employee:
    found = Employee.objects.select_for_update(of=("self",)).filter(pk=employee.pk).first()
    if found is None:
        raise Refusal("This person is not in the directory any more: erased already?")
    return found


def _refuse_held(employee: Employee, now: datetime) -> None:
    holds = holds_on_person(employee, timezone.localdate(now)).select_related("campaign")
    if reasons := [hold_words(hold) for hold in holds]:
        raise Refusal(*reasons)


def _leave(employee: Employee, now: datetime) -> dict[str, object]:
    """Withdraw the person, cancel what is owed to them; returns what is to be recorded of it."""
    if employee.active:
        employee.active, employee.left_at, employee.left_reason = False, now, LeftReason.ERASED
        employee.save(update_fields=["active", "left_at", "left_reason"])
    return directory_follow(Employee, now=now)


def _erase(
    employee: Employee, order: Order, counts: dict[str, int], followed: dict[str, object]
) -> Erasure:
    people = Assignment.objects.filter(employee=employee)
    rows_lock(people)
    found = list(people.select_related("campaign"))
    assignments = [one.pk for one in found]
    if being_handed_over(assignments):
        raise Refusal(_ON_THE_WIRE)
    number = numbers_next(1)
    for one in found:  # as many as there are campaigns
        frozen_blank(one.campaign, {one.pk: number[0]})
    counts |= {"messages": mails_forget(assignments)}
    counts |= traces_forget({employee.pk: number[0]})
    counts["vault"] += values_forget(one.ref for one in found)
    campaigns = by_campaign([one.campaign_id for one in found])
    erasure = erasure_record(order, number, {"campaigns": campaigns, **counts, **followed})
    directory_changed.send(Employee, now=order.now, seq=erasure.seq)
    assignments_close(assignments, seq=erasure.seq)
    employees_forget([employee.pk])
    return erasure
