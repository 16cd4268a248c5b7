"""Many accounts: statements grow with pages and batches, not with people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.directory.models import Employee
from accounts.imports.microsoft import directory_sync
from tests.factories import NOON
from tests.standins.entra import Realm
from tests.standins.graph import Graph

pytestmark = pytest.mark.django_db
PEOPLE = 1_500
# Two pages of 999, their merging by 200 and one batch of 2,000 take about 120.
STATEMENTS = 150


def test_fifteen_hundred_people_arrive_in_two_pages_and_few_statements(
    realm: Realm, graph: Graph
) -> None:
    """`make bench-directory` measures 100,000, with the program's memory."""
    for number in range(PEOPLE):
        graph.users.add(f"person{number}@example.com", "First", f"Last{number}")
    with CaptureQueriesContext(connection) as said:
        done = directory_sync(actor="system", user=None, confirm=True, now=NOON)
    assert done.state == "applied"
    assert Employee.objects.active().count() == PEOPLE
    assert realm.calls("/users/delta") == 2
    assert len(said) < STATEMENTS
