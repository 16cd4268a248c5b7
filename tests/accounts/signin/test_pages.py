"""Sign-in pages: links work once, words tell nothing, and the session is a new one."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.signin.models import SignInLink, User
from accounts.signin.services import sign_in_link_issue
from ledger.models import Event
from tests.accounts.events import user_event_kinds
from tests.accounts.signin.conftest import PASSWORD
from tests.factories import NOON


def issue(user: User) -> str:
    """The path of a fresh sign-in link."""
    link = sign_in_link_issue(user=user, by=None, now=timezone.now())
    return link.removeprefix("https://optrail.example.com")


def sign_in(client: Client, email: str, password: str, **extra: str) -> Any:
    return client.post("/sign-in/", {"email": email, "password": password, **extra})


def test_a_link_signs_in_once(as_mallory: Client, alice: User) -> None:
    """Removed `used_at=None` from the conditional UPDATE: fails, the second POST signs in."""
    path = issue(alice)
    assert as_mallory.post(path).headers["Location"] == "/"
    assert as_mallory.session["_auth_user_id"] == str(alice.pk)
    other = Client(headers={"x-forwarded-proto": "https"})
    assert other.post(path).status_code == 404
    assert "_auth_user_id" not in other.session


def test_opening_a_link_changes_nothing(as_mallory: Client, alice: User) -> None:
    """Made GET use the link up: fails."""
    path = issue(alice)
    events = Event.objects.count()
    for _ in range(3):
        page = as_mallory.get(path)
        as_mallory.head(path)
    assert 'method="post"' in page.content.decode()
    assert SignInLink.objects.get().used_at is None
    assert Event.objects.count() == events
    assert Session.objects.count() == 0


def test_only_the_hash_of_a_link_is_kept(alice: User) -> None:
    secret = issue(alice).rpartition("/")[2]
    assert len(secret) == 43  # 32 bytes in base64url
    kept = SignInLink.objects.values_list().get()
    assert secret not in str(kept)
    assert not Event.objects.filter(body__contains=secret).exists()


def test_a_link_ends_after_a_day(as_mallory: Client, alice: User) -> None:
    """Removed the check of expires_at: fails."""
    with time_machine.travel(NOON, tick=False) as clock:
        path = issue(alice)
        clock.shift(timedelta(hours=24))
        assert as_mallory.get(path).status_code == 404
        assert as_mallory.post(path).status_code == 404


def test_a_new_link_ends_the_older_one(as_mallory: Client, alice: User) -> None:
    """Removed the deletion of older links: fails."""
    old, new = issue(alice), issue(alice)
    assert as_mallory.post(old).status_code == 404
    assert as_mallory.post(new).status_code == 302


def test_unknown_used_and_expired_links_answer_alike(as_mallory: Client, alice: User) -> None:
    used = issue(alice)
    Client(headers={"x-forwarded-proto": "https"}).post(used)
    gone = as_mallory.get(used)
    unknown = as_mallory.get("/sign-in/" + "A" * 43)
    assert gone.status_code == unknown.status_code == 404
    assert gone.content == unknown.content


def test_a_session_planted_before_sign_in_is_worth_nothing(as_mallory: Client, alice: User) -> None:
    session = as_mallory.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)
    as_mallory.cookies["__Host-optrail"] = planted
    as_mallory.post(issue(alice))
    assert as_mallory.cookies["__Host-optrail"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_signing_in_again_begins_another_session(
    as_mallory: Client, alice_with_password: User
) -> None:
    """Removed the flush: fails; Django keeps the key of whoever is signed in already."""
    sign_in(as_mallory, "alice@example.com", PASSWORD)
    before = as_mallory.cookies["__Host-optrail"].value
    sign_in(as_mallory, "alice@example.com", PASSWORD)
    assert as_mallory.cookies["__Host-optrail"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_address_and_password_sign_in(as_mallory: Client, alice_with_password: User) -> None:
    answer = sign_in(as_mallory, "ALICE@example.com ", PASSWORD)
    assert answer.headers["Location"] == "/"
    assert user_event_kinds() == ["user.signed_in"]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "http://optrail.example.com/people/",
    ],
)
def test_sign_in_leads_to_pages_of_ours_only(
    as_mallory: Client, alice_with_password: User, target: str
) -> None:
    """Removed the check of the host: fails."""
    answer = sign_in(as_mallory, "alice@example.com", PASSWORD, next=target)
    assert answer.headers["Location"] == "/"


def test_sign_in_goes_on_to_the_page_that_was_asked_for(
    as_mallory: Client, alice_with_password: User
) -> None:
    start = as_mallory.get("/people/")
    assert start.headers["Location"] == "/sign-in/?next=/people/"
    form = as_mallory.get(start.headers["Location"]).content.decode()
    assert 'name="next" value="/people/"' in form
    answer = sign_in(as_mallory, "alice@example.com", PASSWORD, next="/people/")
    assert answer.headers["Location"] == "/people/"


class CountingHasher(MD5PasswordHasher):
    """Counts its work."""

    encoded = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.encoded += 1
        return super().encode(password, salt)


def test_wrong_address_and_wrong_password_look_alike(
    as_mallory: Client, alice_with_password: User, aino: User, settings: Settings
) -> None:
    """The page is the same and the work is the same: one password is hashed, whoever it is."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    pages, work = [], []
    for email in ("alice@example.com", "nobody@example.com", "aino@example.com"):
        before = CountingHasher.encoded
        page = sign_in(as_mallory, email, "wrong").content.decode().replace(email, "…")
        pages.append(re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page))
        work.append(CountingHasher.encoded - before)
    assert len(set(pages)) == 1
    assert "do not belong together" in pages[0]
    assert work == [1, 1, 1]


def test_a_deactivated_user_does_not_get_in(as_mallory: Client, alice_with_password: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(as_mallory, "alice@example.com", PASSWORD).status_code == 200
    assert "_auth_user_id" not in as_mallory.session


def test_sign_out_ends_the_session_and_is_recorded(as_alice: Client) -> None:
    assert as_alice.get("/sign-out/").status_code == 405
    assert as_alice.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert as_alice.get("/people/").status_code == 302
    assert user_event_kinds() == ["user.signed_out"]
    assert as_alice.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_whoever_came_by_link_sets_a_password_without_the_old_one(
    as_mallory: Client, alice_with_password: User
) -> None:
    as_mallory.post(issue(alice_with_password))
    new = "an even longer passphrase"
    answer = as_mallory.post("/password/", {"new_password1": new, "new_password2": new})
    assert answer.status_code == 302
    assert as_mallory.get("/password/").status_code == 200, "this session goes on"
    assert user_event_kinds()[-1] == "user.password_set"
    assert (
        sign_in(
            Client(headers={"x-forwarded-proto": "https"}), "alice@example.com", new
        ).status_code
        == 302
    )


def test_whoever_came_by_password_names_the_old_one(
    as_mallory: Client, alice_with_password: User
) -> None:
    """Removed clean_old_password: fails."""
    sign_in(as_mallory, "alice@example.com", PASSWORD)
    other = Client(headers={"x-forwarded-proto": "https"})
    sign_in(other, "alice@example.com", PASSWORD)
    new = "an even longer passphrase"
    fields = {"new_password1": new, "new_password2": new}
    assert (
        "That is not your password."
        in as_mallory.post("/password/", {**fields, "old_password": "guess"}).content.decode()
    )
    assert as_mallory.post("/password/", {**fields, "old_password": PASSWORD}).status_code == 302
    assert other.get("/password/").status_code == 302, "other sessions have ended"


@pytest.mark.parametrize("weak", ["short", "123456789012345", "password1234", "alice@example.com"])
def test_weak_passwords_are_refused(as_mallory: Client, alice: User, weak: str) -> None:
    as_mallory.post(issue(alice))
    page = as_mallory.post("/password/", {"new_password1": weak, "new_password2": weak})
    assert page.status_code == 200
    assert "Please check the form" in page.content.decode()
    assert not User.objects.get().has_usable_password()
