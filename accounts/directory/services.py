"""Writes about one person of the directory; imports are the way for many."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.directory.models import Employee
from accounts.directory.signals import directory_changed, directory_follow
from accounts.imports.reading.values import Unusable, address
from accounts.imports.staging import search_text, sort_name
from accounts.signin.models import User
from ledger import journal
from ledger.commands import Refusal

_TAKEN = (
    "This address belongs to somebody else in the directory (perhaps to somebody who has left). "
    "Two people cannot share one: the personal links go there."
)


def employee_correct_address(
    *, employee: Employee, email: str, user: User | None, now: datetime
) -> Employee:
    """Mails to `employee` go to `email` from now on. Ends with `employee.address_corrected`.

    Raises Refusal for an address that is none, is somebody else's or stands there already, and
    for a leaver. Previews of imports become stale, as with every change of the directory.
    """
    wanted = _valid(email)
    try:
        with transaction.atomic():
            employee = Employee.objects.select_for_update(of=("self",)).get(pk=employee.pk)
            _refuse_in_vain(employee, wanted)
            _change(employee, wanted)
            _record(employee, user, now)
    except IntegrityError as error:
        raise Refusal(_TAKEN) from error
    return employee


def _valid(email: str) -> str:
    try:
        return address(email.strip())
    except Unusable as reason:
        raise Refusal(f"This address cannot be used: {reason}.") from reason


def _refuse_in_vain(employee: Employee, wanted: str) -> None:
    if not employee.active:
        raise Refusal("This person has left the company: their address is not changed any more.")
    if employee.email == wanted:
        raise Refusal("This is the address that the directory has already.")
    if Employee.objects.filter(email=wanted).exists():
        raise Refusal(_TAKEN)


def _change(employee: Employee, wanted: str) -> None:
    names = (employee.last_name, employee.first_name)
    employee.email = wanted
    employee.search_text = search_text(*names, wanted, employee.department)
    employee.sort_name = sort_name(*names, wanted)
    employee.save(update_fields=["email", "search_text", "sort_name", "updated_at"])


def _record(employee: Employee, user: User | None, now: datetime) -> None:
    data = directory_follow(Employee, now=now)
    event = journal.append(
        "employee.address_corrected",
        actor=user.ref if user else "command",
        subject=f"employee:{employee.id}",
        now=now,
        data=data,
    )
    directory_changed.send(Employee, now=now, seq=event.seq)
