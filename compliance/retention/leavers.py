"""Directory entries of people who left long ago, and of whom nothing else is held."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.directory.forgetting import employees_forget
from accounts.directory.models import Employee
from accounts.directory.signals import directory_changed, directory_follow
from accounts.sets import rows_lock
from compliance.reminders.alone import one_at_a_time
from compliance.retention.campaigns import BATCH, Clock
from compliance.retention.due import leavers_due
from compliance.retention.holds import ERASURE
from compliance.retention.models import Erasure, Reason
from compliance.retention.numbering import Order, erasure_record, numbers_next
from compliance.retention.people import imports_of_people_forget, traces_forget
from ledger import journal

LEAVERS = "leavers"


def leavers_erase(*, run: UUID, clock: Clock, ends: datetime, batch: int = BATCH) -> int:
    """Delete them, batch by batch, until `ends`; returns how many. Raises Refusal while an import
    is being read.
    """
    erased = 0
    while clock() < ends and (found := _batch(run, clock(), batch)):
        erased += found
    return erased


def _batch(run: UUID, now: datetime, batch: int) -> int:
    with transaction.atomic(), one_at_a_time(ERASURE):
        found = list(leavers_due(now=now).order_by("pk").values_list("pk", flat=True)[:batch])
        if not found:
            return 0
        counts = imports_of_people_forget(found)
        people = Employee.objects.filter(pk__in=found)
        rows_lock(people)
        # Whoever an import has brought back meanwhile stays.
        found = list(leavers_due(now=now).filter(pk__in=found).values_list("pk", flat=True))
        if found:
            _erase(found, Order(LEAVERS, Reason.RETENTION, None, now, run, journal.SYSTEM), counts)
        return len(found)


def _erase(found: list[UUID], order: Order, counts: dict[str, int]) -> Erasure:
    numbers = numbers_next(len(found))
    followed = directory_follow(Employee, now=order.now)
    counts |= traces_forget(dict(zip(found, numbers, strict=True)))
    erasure = erasure_record(order, numbers, {"campaigns": {}, **counts, **followed})
    directory_changed.send(Employee, now=order.now, seq=erasure.seq)
    employees_forget(found)
    return erasure
