"""Browsing and searching: everyone is found once, whatever they are called."""

import pytest
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.directory.models import Employee
from accounts.directory.paging import capped_count, keyset_page
from accounts.directory.people import PeopleSearch, values_in_use
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.both


def found(query: str) -> list[str]:
    people = PeopleSearch.read(QueryDict(query)).people().order_by("sort_name")
    return [person.first_name for person in people]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Bob", "Carla", "Deniz"]),
        ("q=BERGER", ["Bob"]),
        ("q=bob+berg", ["Bob"]),
        ("q=carla@example.com", ["Carla"]),
        ("q=engineer", ["Deniz"]),
        ("q=Germany", ["Bob"]),
        ("q=United+States", ["Carla"]),
        ("q=T%C3%BCrkei", ["Deniz"]),
        ("q=%25", []),
        ("q=_", []),
        ("q=%5C", []),
        ("q=%00", ["Bob", "Carla", "Deniz"]),
        ("q=bob+carla", []),
        ("department=Sales", ["Bob", "Carla"]),
        ("department=Sales&country=US", ["Carla"]),
        ("employment_type=Contractor", []),
        ("status=left", ["Leo"]),
        ("status=left&q=leo", ["Leo"]),
        ("status=nonsense&after=nonsense", ["Bob", "Carla", "Deniz"]),
    ],
)
def test_search_finds(
    query: str, names: list[str], bob: Employee, carla: Employee, deniz: Employee
) -> None:
    EmployeeFactory.create(left=True, first_name="Leo", department="Legal", country="AT")
    assert found(query) == names


@pytest.mark.django_db
def test_pages_show_everyone_once_in_both_directions() -> None:
    """Namesakes straddle the pages. Left the id out of the order: fails."""
    for n in range(23):
        EmployeeFactory.create(last_name="Same" if n % 3 else f"Other{n}", first_name="Sam")
    people = Employee.objects.active()
    everyone = list(people.order_by("sort_name", "pk"))
    page, forth = keyset_page(people, size=5), []
    while True:
        forth.append(page.rows)
        if not page.after:
            break
        page = keyset_page(people, after=page.after, size=5)
    back = [page.rows]
    while page.before:
        page = keyset_page(people, before=page.before, size=5)
        back.append(page.rows)
    assert [row for rows in forth for row in rows] == everyone
    assert [len(rows) for rows in forth] == [5, 5, 5, 5, 3]
    assert back == forth[::-1]


def test_an_exact_last_page_leads_nowhere(bob: Employee, carla: Employee) -> None:
    page = keyset_page(Employee.objects.all(), size=2)
    assert (page.rows, page.before, page.after) == ([bob, carla], None, None)


def test_a_cursor_that_is_gone_means_the_beginning(bob: Employee, carla: Employee) -> None:
    gone = carla.pk
    carla.delete()
    assert keyset_page(Employee.objects.all(), after=gone).rows == [bob]
    assert keyset_page(Employee.objects.all(), before=gone).rows == [bob]


@pytest.mark.django_db
def test_values_in_use_are_those_of_the_chosen_status_in_order() -> None:
    for department in ("Sales", "Art", "Sales", "", "Ärzte", "Zoo"):
        EmployeeFactory.create(department=department)
    EmployeeFactory.create(left=True, department="Gone")
    assert values_in_use("department") == ["Art", "Sales", "Zoo", "Ärzte"]
    assert values_in_use("department", active=False) == ["Gone"]
    assert values_in_use("country") == ["DE"]


@pytest.mark.django_db
def test_counting_stops_at_the_cap() -> None:
    EmployeeFactory.create_batch(5)
    assert capped_count(Employee.objects.order_by("sort_name"), cap=3) == 4
    assert capped_count(Employee.objects.all(), cap=5) == 5


def test_the_page_shows_those_found_and_keeps_the_search(
    as_aino: Client, bob: Employee, carla: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    EmployeeFactory.create_batch(55, department="Sales")
    page = as_aino.get("/people/?department=Sales").content.decode()
    assert "Bob Berger" in page
    assert "57 people" in page
    assert '<option value="Sales" selected>Sales</option>' in page
    assert "/people/?department=Sales&amp;after=" in page


def test_addresses_of_pages_carry_no_names(as_aino: Client) -> None:
    """Cursors are ids. Put sort_name into the cursor: fails."""
    EmployeeFactory.create_batch(60, last_name="Verysecret")
    page = as_aino.get("/people/").content.decode()
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert not [link for link in links if "verysecret" in link.lower()]


def test_nobody_found_and_nobody_there_are_told_apart(as_alice: Client, as_aino: Client) -> None:
    assert "Nobody yet" in as_alice.get("/people/").content.decode()
    assert "Import your people" not in as_aino.get("/people/").content.decode()
    assert "Nobody fits" in as_alice.get("/people/?q=nobody").content.decode()


@pytest.mark.parametrize("count", [1, 50])
def test_the_page_asks_the_database_the_same_few_questions(
    as_aino: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, user, anchor, page, count and three lists of options: however many people."""
    people = EmployeeFactory.create_batch(count + 1)
    first = min(people, key=lambda person: person.sort_name)
    with django_assert_num_queries(8):
        as_aino.get(f"/people/?after={first.pk}")
