"""One person gets another address: what the directory does, and what it refuses."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.directory.models import Employee
from accounts.directory.services import employee_correct_address
from accounts.imports.models import DirectoryVersion
from accounts.signin.models import User
from ledger.commands import Refusal
from ledger.models import Event
from tests.factories import NOON, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def correct(alice: User) -> Callable[[Employee, str], Employee]:
    def corrected(employee: Employee, email: str) -> Employee:
        return employee_correct_address(employee=employee, email=email, user=alice, now=NOON)

    return corrected


def test_the_directory_has_the_new_address_and_finds_the_person_by_it(
    bob: Employee, alice: User, as_alice: Client, correct: Callable[[Employee, str], Employee]
) -> None:
    correct(bob, " Robert.Berger@Example.com ")
    bob.refresh_from_db()
    assert bob.email == "robert.berger@example.com"
    page = as_alice.get(reverse("people", query={"q": "robert.berger"})).content.decode()
    assert str(bob.pk) in page
    event = json.loads(Event.objects.latest("seq").body)
    assert (event["kind"], event["actor"], event["subject"], event["data"]) == (
        "employee.address_corrected",
        alice.ref,
        f"employee:{bob.id}",
        {},
    )


def test_somebody_without_a_name_is_listed_under_the_new_address(
    db: None, correct: Callable[[Employee, str], Employee]
) -> None:
    nameless = EmployeeFactory.create(first_name="", last_name="", email="a@example.com")
    assert correct(nameless, "z@example.com").sort_name == "z@example.com"


def test_previews_of_imports_become_stale(
    bob: Employee, correct: Callable[[Employee, str], Employee]
) -> None:
    """Removed: the signal `directory_changing`. This test then fails."""
    before = DirectoryVersion.current()
    correct(bob, "bb@example.com")
    assert DirectoryVersion.current() == before + 1


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("", "no address"),
        ("bob", "not a valid e-mail address"),
        ("Bob <bob@example.com>", "without a name"),
        ("b@example.com, c@example.com", "exactly one"),
        (f"{'b' * 250}@example.com", "longer than 254"),
        ("BOB@example.com", "has already"),
        ("carla@example.com", "belongs to somebody else"),
    ],
)
def test_what_cannot_be_the_address_is_refused(
    email: str,
    says: str,
    bob: Employee,
    carla: Employee,
    correct: Callable[[Employee, str], Employee],
) -> None:
    events = Event.objects.count()
    with pytest.raises(Refusal, match=says):
        correct(bob, email)
    assert Event.objects.count() == events


def test_of_two_that_take_one_address_at_once_one_is_refused_in_words(
    bob: Employee,
    carla: Employee,
    correct: Callable[[Employee, str], Employee],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("accounts.directory.services._refuse_in_vain", lambda *_: None)
    with pytest.raises(Refusal, match="belongs to somebody else"):
        correct(bob, "carla@example.com")


def test_a_leaver_gets_no_new_address(
    db: None, correct: Callable[[Employee, str], Employee]
) -> None:
    with pytest.raises(Refusal, match="has left"):
        correct(EmployeeFactory.create(left=True), "new@example.com")
