"""Deleting people from the directory: the last step of an erasure."""

from collections.abc import Collection
from uuid import UUID

from accounts.directory.models import Employee


def employees_forget(people: Collection[UUID]) -> int:
    """Delete `people`; whoever reported to them reports to nobody. Returns how many there were.

    Raises ProtectedError while anything still leads to one of them.
    """
    Employee.objects.filter(manager__in=people).update(manager=None)
    return Employee.objects.filter(pk__in=people).delete()[1].get("accounts.Employee", 0)
