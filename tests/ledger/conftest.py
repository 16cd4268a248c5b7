"""The ledger's tests begin with an empty chain: a new database has the shipped guides in it."""

import pytest
from django.db import connection

from ledger.canonical import GENESIS
from ledger.guards import guard_install, guard_remove
from ledger.models import Head


@pytest.fixture(autouse=True)
def _empty_ledger(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("django_db") is None:
        return
    request.getfixturevalue("db")
    guard_remove(connection, "ledger_event")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_event")
    guard_install(connection, "ledger_event")
    Head.objects.update_or_create(id=1, defaults={"seq": 0, "hash": GENESIS})
