"""Assignments of erased people: attributes go, leaf and number stay."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.campaigns.population import population_leaves

ERASED_PERSON = "erased person"
_TEXTS = (
    "email",
    "external_id",
    "first_name",
    "department",
    "country",
    "office",
    "employment_type",
    "manager_name",
    "time_zone",
)
_DAYS = ("invited_on", "counts_from", "mailed_on")
_TABLE = Assignment._meta.db_table
_FROZEN = (
    f"UPDATE {_TABLE} SET leaf = %s, salt = NULL, last_name = %s, sort_name = %s, "  # noqa: S608
    "erased_number = %s WHERE id = %s"
)
_MANAGER = (
    f"UPDATE {_TABLE} SET leaf = %s, salt = NULL, manager_id = NULL, manager_name = %s "  # noqa: S608
    "WHERE id = %s"
)


def erased_name(number: int) -> str:
    """What pages and exports call an erased person."""
    return f"{ERASED_PERSON} {number}"


def frozen_blank(campaign: Campaign, numbers: Mapping[UUID, int]) -> None:
    """Blank what was frozen of the people behind assignments of `campaign` (id → number).

    The leaf that the launch committed to is kept in place of its salt. Own due dates go too: they
    tell of leave. `assignments_close` ends it, once the erasure has its ledger event.
    """
    people = Assignment.objects.filter(pk__in=numbers)
    leaves = [(leaf.hash, leaf.assignment) for leaf in population_leaves(people)]
    DueMove.objects.filter(assignment__in=numbers).delete()
    blank: dict[str, Any] = dict.fromkeys(_TEXTS, "") | dict.fromkeys(_DAYS)
    people.update(manager=None, due_on=campaign.due_on, **blank)
    _execute(
        _FROZEN,
        (
            (leaf, erased_name(numbers[pk]), erased_name(numbers[pk]), numbers[pk], _key(pk))
            for leaf, pk in leaves
        ),
    )


def managers_blank(numbers: Mapping[UUID, int]) -> int:
    """Blank the names of erased managers (employee id → number) in the rows of their people.

    Returns how many rows named one; each keeps its leaf, because its salt would let people guess.
    """
    rows = Assignment.objects.filter(manager__in=numbers)
    managers = dict(rows.values_list("pk", "manager_id"))
    leaves = [(leaf.hash, leaf.assignment) for leaf in population_leaves(rows)]
    named = {pk: numbers[manager] for pk, manager in managers.items() if manager}
    _execute(_MANAGER, ((leaf, erased_name(named[pk]), _key(pk)) for leaf, pk in leaves))
    return len(leaves)


def assignments_close(assignments: Collection[UUID], *, seq: int) -> None:
    """Cut the last thread to the people, under the ledger event `seq` of their erasure."""
    rows = Assignment.objects.filter(pk__in=assignments)
    rows.update(employee=None, erased_seq=seq)


def kept(campaign: Campaign) -> AssignmentQuerySet:
    """Those of `campaign` of whom something personal is still held."""
    return campaign.assignments.filter(erased_number=None)


def _execute(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


def _key(pk: UUID) -> Any:
    return Assignment._meta.pk.get_db_prep_value(pk, connection)
