"""What a mail notes stands in no index, so that PostgreSQL writes none of them anew."""

import re

import pytest
from django.db import connection

# By START, and by the end of a mail; `next_at` and `lease_owner` are what claims are found by.
NOTED = {
    "compliance_message": {"state", "lease_until", "dated_at", "recipient", "state_at", "reason"},
    "compliance_assignment": {"mailed_on", "invited_on", "counts_from", "undeliverable"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("table", NOTED)
def test_no_index_holds_or_asks_for_what_a_mail_notes(table: str) -> None:
    """With `state` in the condition of an index each START writes every index of its row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
        definitions = [definition for (definition,) in cursor.fetchall()]
    assert definitions
    for definition in definitions:
        assert not NOTED[table] & set(re.findall(r"\w+", definition)), definition
