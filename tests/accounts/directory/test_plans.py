"""With many people the pages still go through indexes (PostgreSQL's own plans)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.directory.models import Employee
from accounts.directory.paging import keyset_page
from accounts.directory.people import PeopleSearch, values_in_use

MANY = 6_000
FILL = """
INSERT INTO accounts_employee (id, email, first_name, last_name, job_title, department, country,
    office, employment_type, language, active, left_reason, search_text, sort_name)
SELECT gen_random_uuid(), 'p' || n || '@example.com', 'First' || n, 'Last' || n, '',
    'Dep' || mod(n, 40), (ARRAY['DE','US','FR','JP'])[1 + mod(n, 4)], '', 'Type' || mod(n, 30), 'en', true, '',
    'last' || n || ' first' || n || ' p' || n || '@example.com dep' || mod(n, 40),
    'last' || n || ', first' || n
FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def many(db: None) -> Employee:
    """Six thousand people, and the one in their middle."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, [MANY])
        # What autovacuum does after an import, sooner or later.
        cursor.execute("SELECT gin_clean_pending_list('employee_search')")
        cursor.execute("ANALYZE accounts_employee")
    return Employee.objects.order_by("sort_name", "pk")[MANY // 2]


def plan_of(capture: CaptureQueriesContext) -> str:
    sql = capture.captured_queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("search", "index"),
    [
        (PeopleSearch(), "employee_page"),
        (PeopleSearch(department="Dep7"), "employee_department"),
        (PeopleSearch(country="JP"), "employee_country"),
        (PeopleSearch(employment_type="Type1"), "employee_type"),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_page_in_the_middle_begins_in_the_middle_of_an_index(
    many: Employee,
    search: PeopleSearch,
    index: str,
    backwards: bool,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Replaced the two-part condition by the plain OR: fails, the plan reads from the beginning."""
    after, before = (None, many.pk) if backwards else (many.pk, None)
    with django_assert_num_queries(2) as capture:
        page = keyset_page(search.people(), after=after, before=before)
    plan = plan_of(capture)
    assert len(page.rows) == 50
    assert f"using {index}" in plan
    assert "sort_name)::text" in plan.split("Index Cond", 1)[1].split("\n", 1)[0], (
        "the index is entered at the name"
    )
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


def test_a_search_goes_through_the_trigrams(
    many: Employee, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Dropped the index employee_search: fails with a sequential scan."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone() is None:
            pytest.skip("this PostgreSQL has no pg_trgm")
    with django_assert_num_queries(1) as capture:
        page = keyset_page(PeopleSearch(text="first5999").people())
    assert [person.first_name for person in page.rows] == ["First5999"]
    assert "employee_search" in plan_of(capture)


def test_options_jump_from_value_to_value(
    many: Employee, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Replaced by SELECT DISTINCT: fails, everyone is read."""
    with django_assert_num_queries(1) as capture:
        assert len(values_in_use("department")) == 40
    plan = plan_of(capture)
    assert "Seq Scan on accounts_employee" not in plan
    assert "employee_department" in plan
