"""No attestation is edited or deleted (promise 4)."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.attestations.models import Attestation
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment
from ledger.models import AppendOnlyError
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def attestation(for_bob: Assignment) -> Attestation:
    return attestation_record(assignment_id=for_bob.pk, link_version=1, answer="left_on", now=NOON)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: Attestation.objects.filter(pk=row.pk).update(answer="was_off"),
        lambda row: Attestation.objects.all().delete(),
        lambda row: Attestation.objects.bulk_update([row], ["answer"]),
    ],
    ids=["save", "delete", "update", "delete all", "bulk update"],
)
def test_the_orm_refuses_every_change(
    attestation: Attestation, change: Callable[[Attestation], object]
) -> None:
    """Tried with a plain model: every one of them goes through to the triggers."""
    attestation.answer = "was_off"
    with pytest.raises(AppendOnlyError):
        change(attestation)
    assert Attestation.objects.get().answer == "left_on"


OWN_WAYS = {
    "postgresql": "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE compliance_attestation",
    "sqlite": "INSERT OR REPLACE INTO compliance_attestation SELECT * FROM compliance_attestation",
}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compliance_attestation SET answer = 'was_off'",
        "DELETE FROM compliance_attestation",
        OWN_WAYS[connection.vendor],
    ],
)
def test_the_database_refuses_every_change(attestation: Attestation, statement: str) -> None:
    """Tried with the guards removed by `guard_remove`: the statements go through."""
    refused = pytest.raises(DatabaseError, match="only ever appended")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Attestation.objects.get().answer == "left_on"
