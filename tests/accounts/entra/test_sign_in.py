"""Signing in with Microsoft: who gets in, as what, and how often."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.entra.models import Kept, OpenSignIn
from accounts.signin import throttle
from accounts.signin.models import User
from accounts.signin.services import user_deactivate
from ledger.models import Event, VaultEntry
from tests.accounts.entra.browser import BEGIN, COOKIE, Browser, query
from tests.accounts.events import user_event_kinds
from tests.standins.entra import Realm

pytestmark = pytest.mark.django_db


@pytest.fixture
def tab(realm: Realm) -> Browser:
    return Browser(realm)


def test_an_officer_signs_in_and_is_known_by_object_id(realm: Realm, tab: Browser) -> None:
    alice = realm.add("alice@example.com", "Alice Officer", "Optrail.Officer")
    answer = tab.sign_in(alice, next="/people/")
    assert answer.headers["Location"] == "/people/"
    user = User.objects.get()
    assert (user.email, user.name, user.role) == ("alice@example.com", "Alice Officer", "officer")
    assert (str(user.entra_tid), str(user.entra_oid)) == (realm.id, alice.oid)
    assert not user.has_usable_password()
    assert tab.site.get("/people/").status_code == 200
    assert user_event_kinds() == ["user.created", "user.signed_in"]


def test_what_is_asked_of_the_tenant_is_as_little_and_as_safe_as_can_be(
    realm: Realm, tab: Browser
) -> None:
    asked = query(tab.begin())
    assert asked["response_mode"] == "form_post"
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    cookie = tab.site.cookies[COOKIE]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "None")
    assert cookie["path"] == "/"
    assert cookie["max-age"] == 600


def test_the_ledger_holds_no_name_and_no_address(realm: Realm, tab: Browser) -> None:
    alice = realm.add("alice@example.com", "Alice Officer", "Optrail.Officer")
    tab.sign_in(alice)
    bodies = "".join(Event.objects.values_list("body", flat=True))
    assert "alice" not in bodies.lower()
    assert alice.oid not in bodies
    assert set(VaultEntry.objects.values_list("value", flat=True)) >= {"alice@example.com"}


def test_nothing_of_a_sign_in_lies_readable_in_the_database(realm: Realm, tab: Browser) -> None:
    """Kept the browser's secret itself as the name: fails."""
    asked = query(tab.begin())
    kept = Kept.objects.filter(name__startswith="flow:").get()
    assert tab.site.cookies[COOKIE].value not in kept.name
    assert asked["state"].encode() not in bytes(kept.sealed)


def test_a_renamed_officer_stays_the_same_user(realm: Realm, tab: Browser) -> None:
    alice = realm.add("alice@example.com", "Alice Officer", "Optrail.Officer")
    tab.sign_in(alice)
    alice.name, alice.mail = "Alice Married", "alice.married@example.com"
    tab.sign_in(alice)
    user = User.objects.get()
    assert (user.name, user.email) == ("Alice Married", "alice.married@example.com")


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["Optrail.Auditor"], "auditor"),
        (["Optrail.Auditor", "Optrail.Admin"], "admin"),
        (["Something.Else", "Optrail.Officer"], "officer"),
    ],
)
def test_app_roles_decide_what_somebody_may_do(
    realm: Realm, tab: Browser, roles: list[str], role: str
) -> None:
    tab.sign_in(realm.add("x@example.com", "X", *roles))
    assert User.objects.get().role == role


def test_another_role_in_entra_is_another_role_here_and_an_event(
    realm: Realm, tab: Browser
) -> None:
    ada = realm.add("ada@example.com", "Ada", "Optrail.Admin")
    tab.sign_in(ada)
    ada.roles = ["Optrail.Auditor"]
    tab.sign_in(ada)
    assert tab.site.get("/users/").status_code == 403
    changed = json.loads(Event.objects.filter(body__contains="role_changed").get().body)
    assert changed["actor"] == "entra"
    assert changed["data"] == {"from": "admin", "to": "auditor"}


def test_whoever_lost_every_role_loses_the_open_session_too(realm: Realm, tab: Browser) -> None:
    """Removed sessions_end_without_role: fails, the first tab goes on."""
    alice = realm.add("alice@example.com", "Alice", "Optrail.Officer")
    tab.sign_in(alice)
    alice.roles = []
    answer = Browser(realm).sign_in(alice)
    assert answer.status_code == 403
    assert "have no role in Optrail" in answer.content.decode()
    assert tab.site.get("/people/").status_code == 302


def test_somebody_deactivated_here_stays_out(realm: Realm, tab: Browser) -> None:
    """Removed the look at is_active: fails."""
    alice = realm.add("alice@example.com", "Alice", "Optrail.Officer")
    tab.sign_in(alice)
    user_deactivate(user=User.objects.get(), by=None, now=timezone.now())
    answer = Browser(realm).sign_in(alice)
    assert answer.status_code == 403
    assert "deactivated" in answer.content.decode()


def test_an_address_alone_makes_nobody_somebody_else(realm: Realm, tab: Browser, ada: User) -> None:
    """Looked users up by address: fails, Mallory would be Ada."""
    mallory = realm.add("mallory@example.com", "Mallory", "Optrail.Auditor", mail=ada.email)
    answer = tab.sign_in(mallory)
    assert "another user with your e-mail address" in answer.content.decode()
    assert tab.user_id == ""
    ada.refresh_from_db()
    assert (ada.entra_oid, ada.role) == (None, "admin")


def test_an_address_of_somebody_deactivated_is_free_again(realm: Realm, tab: Browser) -> None:
    """Removed `_address_take`: fails, whoever has a new account can never come in."""
    tab.sign_in(realm.add("alice@example.com", "Alice", "Optrail.Officer"))
    before = User.objects.get()
    del realm.people["alice@example.com"]
    again = realm.add("alice@example.com", "Alice", "Optrail.Officer")
    assert "once that user is deactivated" in Browser(realm).sign_in(again).content.decode()
    user_deactivate(user=before, by=None, now=timezone.now())
    browser = Browser(realm)
    browser.sign_in(again)
    now = User.objects.get(email="alice@example.com")
    assert (str(now.entra_oid), browser.user_id) == (again.oid, str(now.pk))
    before.refresh_from_db()
    assert (before.is_active, before.email.endswith(".deactivated.invalid")) == (False, True)


def test_a_session_that_was_planted_before_is_worth_nothing(realm: Realm, tab: Browser) -> None:
    alice = realm.add("alice@example.com", "Alice", "Optrail.Officer")
    tab.sign_in(alice)
    planted = tab.site.cookies["__Host-optrail"].value
    tab.sign_in(alice)
    assert tab.site.cookies["__Host-optrail"].value != planted
    assert Session.objects.count() == 2  # the planted one is another browser's, as far as we know
    assert OpenSignIn.objects.count() == 2


def test_the_onward_address_is_a_page_of_ours(realm: Realm, tab: Browser) -> None:
    alice = realm.add("alice@example.com", "Alice", "Optrail.Officer")
    assert tab.sign_in(alice, next="https://evil.example/").headers["Location"] == "/"


def test_whoever_is_refused_first_still_gets_where_they_wanted(realm: Realm) -> None:
    """Dropped `onward` at a refusal: fails, the second account lands on the first page."""
    browser = Browser(realm)
    page = browser.sign_in(realm.add("mallory@example.com", "Mallory"), next="/people/")
    assert 'name="next" value="/people/"' in page.content.decode()


def test_another_account_can_be_chosen(realm: Realm, tab: Browser) -> None:
    assert query(tab.begin(another="1"))["prompt"] == "select_account"


def test_looking_at_the_begin_address_begins_nothing(realm: Realm, tab: Browser) -> None:
    assert tab.site.get(BEGIN).status_code == 405
    assert Kept.objects.count() == 0


def test_what_was_begun_and_left_is_swept_out(realm: Realm, tab: Browser) -> None:
    tab.begin()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        tab.begin()
        assert Kept.objects.filter(name__startswith="flow:").count() == 1


def test_too_many_begins_from_one_network_wait(
    realm: Realm, tab: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed the throttle: fails."""
    monkeypatch.setattr(throttle, "TRIES_BY_NETWORK", 2)
    assert [tab.site.post(BEGIN).status_code for _ in range(3)] == [302, 302, 429]
