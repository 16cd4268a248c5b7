"""The page Users: what an administrator does there, and what nobody else may."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.signin.models import User
from tests.accounts.conftest import Browsers
from tests.accounts.events import user_event_kinds
from tests.factories import UserFactory


def path(name: str, user: User) -> str:
    return reverse(name, args=[user.pk])


def test_an_administrator_adds_a_user_and_hands_over_the_link(
    as_ada: Client, as_mallory: Client
) -> None:
    page = as_ada.post(
        "/users/new/", {"email": "otto@example.com", "name": "Otto", "role": "officer"}
    )
    link = re.search(r"https://optrail.example.com(/sign-in/[\w-]{43})", page.content.decode())
    assert link
    assert as_mallory.post(link[1]).status_code == 302
    assert as_mallory.session["_auth_user_id"] == str(User.objects.get(email="otto@example.com").pk)


def test_a_taken_address_is_said_beside_the_field(as_ada: Client, alice: User) -> None:
    page = as_ada.post("/users/new/", {"email": "ALICE@example.com", "role": "officer"})
    assert "alice@example.com is a user already" in page.content.decode()
    assert User.objects.count() == 2


def test_an_administrator_changes_role_and_state(as_ada: Client, alice: User) -> None:
    for name, data, role, active in [
        ("user_role", {"role": "auditor"}, "auditor", True),
        ("user_deactivate", {}, "auditor", False),
        ("user_reactivate", {}, "auditor", True),
    ]:
        answer = as_ada.post(path(name, alice), data, follow=True)
        assert answer.status_code == 200
        alice.refresh_from_db()
        assert (alice.role, alice.is_active) == (role, active)
    assert "/sign-in/" in as_ada.post(path("user_link", alice)).content.decode()


def test_a_wrong_role_is_said_and_nothing_changes(as_ada: Client, alice: User) -> None:
    page = as_ada.post(path("user_role", alice), {"role": "boss"}, follow=True)
    assert "Choose one of the roles" in page.content.decode()
    alice.refresh_from_db()
    assert alice.role == "officer"


def test_the_last_administrator_is_told_why_they_stay(as_ada: Client, ada: User) -> None:
    page = as_ada.post(path("user_deactivate", ada), follow=True)
    assert "last administrator" in page.content.decode()


def test_whoever_gives_the_right_away_goes_to_the_start(as_ada: Client, ada: User) -> None:
    UserFactory.create(role="admin")
    assert as_ada.post(path("user_role", ada), {"role": "auditor"}).headers["Location"] == "/"


def test_a_link_for_a_deactivated_user_is_refused_in_words(as_ada: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    page = as_ada.post(path("user_link", alice), follow=True)
    assert "is deactivated" in page.content.decode()


@pytest.mark.parametrize("name", ["users", "user_new", "user"])
def test_users_are_seen_by_administrators_only(name: str, browsers: Browsers, ada: User) -> None:
    url = path(name, ada) if name == "user" else reverse(name)
    statuses = {who: browser.get(url).status_code for who, browser in browsers.items()}
    assert statuses == {"admin": 200, "officer": 403, "auditor": 403, "outsider": 302}


@pytest.mark.parametrize(
    "name", ["user_role", "user_deactivate", "user_reactivate", "user_link", "user_new"]
)
def test_users_are_changed_by_administrators_only(
    name: str, browsers: Browsers, aino: User
) -> None:
    """Refused, nothing changed, nothing recorded. Added officer to the roles: fails."""
    url = reverse(name) if name == "user_new" else path(name, aino)
    data = {"email": "x@example.com", "role": "admin"}
    before = list(User.objects.order_by("pk").values("pk", "role", "is_active"))
    others = {who: browser for who, browser in browsers.items() if who != "admin"}
    statuses = {who: browser.post(url, data).status_code for who, browser in others.items()}
    assert statuses == {"officer": 403, "auditor": 403, "outsider": 302}
    assert list(User.objects.order_by("pk").values("pk", "role", "is_active")) == before
    assert user_event_kinds() == []


def test_reading_the_pages_changes_nothing(as_ada: Client, alice: User) -> None:
    for name in ("user_role", "user_deactivate", "user_reactivate", "user_link"):
        assert as_ada.get(path(name, alice)).status_code == 405
    for url in ("/users/", "/users/new/", path("user", alice)):
        assert as_ada.get(url).status_code == as_ada.head(url).status_code == 200
    assert user_event_kinds() == []
