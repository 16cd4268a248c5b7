"""What connections tell PostgreSQL."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_statements_that_end_after_a_few_rows_are_not_compiled() -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
