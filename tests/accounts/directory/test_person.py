"""One person's page: what the directory says, whom they work with, and what they were asked."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.guides.models import GuideVersion
from tests.accounts.conftest import Browsers
from tests.factories import NOON, AssignmentFactory, EmployeeFactory


def path(employee: Employee) -> str:
    return f"/people/{employee.pk}/"


def test_it_shows_attributes_manager_and_reports(
    as_aino: Client, bob: Employee, carla: Employee, deniz: Employee
) -> None:
    Employee.objects.filter(pk=bob.pk).update(manager=carla, job_title="Buyer")
    EmployeeFactory.create_batch(25, manager=bob)
    page = as_aino.get(path(bob)).content.decode()
    assert all(
        text in page for text in ("bob@example.com", "Germany", "Sales", "Buyer", path(carla))
    )
    assert "these are the first 20" in page
    assert path(deniz) not in page


def test_someone_who_left_is_shown_so(as_aino: Client, db: None) -> None:
    gone = EmployeeFactory.create(left=True)
    page = as_aino.get(path(gone)).content.decode()
    assert "has left" in page
    assert "not in a complete import" in page


def test_it_lists_campaigns_with_where_the_person_stands(
    as_aino: Client, bob: Employee, linkedin: GuideVersion
) -> None:
    done = {
        "answer": "turned_off",
        "answered_at": NOON + timedelta(days=1),
        "closed_at": NOON + timedelta(days=1),
    }
    asked = {"answer": "need_help", "answered_at": NOON}
    for state in ({}, done, asked, {"excluded": True}, {"withdrawn": True}):
        AssignmentFactory.create(employee=bob, **state)
    page = as_aino.get(path(bob)).content.decode()
    for words in (
        "no answer yet",
        "answered on 24 Nov 2026",
        "asked for help on 23 Nov 2026",
        "not asked: the setting",
        "ended without an answer",
    ):
        assert page.count(words) == 1
    assert "turned" not in page, "what they answered stands on the assignment's own page"


def test_it_asks_the_database_the_same_few_questions(
    as_aino: Client,
    bob: Employee,
    linkedin: GuideVersion,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session, user, person, reports, assignments."""
    EmployeeFactory.create_batch(10, manager=bob)
    for _ in range(5):
        AssignmentFactory.create(employee=bob)
    with django_assert_num_queries(5):
        as_aino.get(path(bob))


@pytest.mark.parametrize("name", ["everyone", "person"])
def test_the_directory_is_read_by_every_role_and_nobody_else(
    name: str, browsers: Browsers, bob: Employee
) -> None:
    url = "/people/" if name == "everyone" else path(bob)
    answers = {who: browser.get(url) for who, browser in browsers.items()}
    statuses = {who: answer.status_code for who, answer in answers.items()}
    assert statuses == {"admin": 200, "officer": 200, "auditor": 200, "outsider": 302}
    assert answers["outsider"].headers["Location"].startswith("/sign-in/")
    assert browsers["officer"].post(url).status_code == 405


def test_a_user_without_a_role_sees_nobody(as_aino: Client, aino: User, bob: Employee) -> None:
    User.objects.filter(pk=aino.pk).update(role="")
    assert as_aino.get(path(bob)).status_code == 403


def test_an_unknown_person_is_not_found(as_aino: Client) -> None:
    assert as_aino.get("/people/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_auditors_are_offered_nothing_to_change(
    as_aino: Client, as_alice: Client, bob: Employee
) -> None:
    assert "Import people" in as_alice.get("/people/").content.decode()
    assert "Import people" not in as_aino.get("/people/").content.decode()
