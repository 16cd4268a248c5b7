"""Local sign-in turned off, and the one sealed account that remains."""

import io
import json

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.signin.models import User
from accounts.signin.services import sign_in_link_issue, user_deactivate
from compliance.notices.emergency import emergency_write
from compliance.notices.models import Notice
from compliance.notices.writers import UnwantedError
from ledger.commands import Refusal
from ledger.models import Event
from tests.accounts.events import user_event_kinds
from tests.accounts.signin.conftest import PASSWORD
from tests.factories import NOON
from tests.standins.entra import Realm

pytestmark = pytest.mark.django_db


@pytest.fixture
def microsoft_only(settings: Settings) -> None:
    """Passwords and links sign nobody in."""
    settings.ENTRA = Realm([]).settings()
    settings.LOCAL_SIGN_IN = False


def seal() -> dict[str, str]:
    out = io.StringIO()
    call_command("emergency_account", "--json", stdout=out)
    sealed: dict[str, str] = json.loads(out.getvalue())
    return sealed


def test_a_password_signs_nobody_in_while_local_sign_in_is_off(
    as_mallory: Client, alice_with_password: User, microsoft_only: None
) -> None:
    """Removed the look at LOCAL_SIGN_IN: fails."""
    fields = {"email": alice_with_password.email, "password": PASSWORD}
    answer = as_mallory.post("/sign-in/", fields)
    assert "do not belong together" in answer.content.decode()
    assert "_auth_user_id" not in as_mallory.session


def test_a_link_signs_nobody_in_while_local_sign_in_is_off(
    as_mallory: Client, alice: User, settings: Settings
) -> None:
    """Removed the look at LOCAL_SIGN_IN: fails."""
    link = sign_in_link_issue(user=alice, by=None, now=NOON)
    settings.LOCAL_SIGN_IN = False
    assert as_mallory.post(link.removeprefix("https://optrail.example.com")).status_code == 404
    with pytest.raises(Refusal, match="LOCAL_SIGN_IN=off"):
        sign_in_link_issue(user=alice, by=None, now=NOON)


def test_the_sign_in_page_offers_what_works(as_mallory: Client, microsoft_only: None) -> None:
    page = as_mallory.get("/sign-in/?next=/people/").content.decode()
    assert "Sign in with Microsoft" in page
    assert "Emergency account" in page
    assert "one-time link" not in page
    assert page.count('name="next" value="/people/"') == 2


def test_the_emergency_account_gets_in_and_everybody_hears_of_it(
    as_mallory: Client, ada: User, alice: User, microsoft_only: None
) -> None:
    """Removed the event, or the signal: fails."""
    sealed = seal()
    answer = as_mallory.post("/sign-in/", sealed)
    assert answer.headers["Location"] == "/"
    assert as_mallory.get("/users/").status_code == 200
    kinds = [json.loads(body)["kind"] for body in Event.objects.values_list("body", flat=True)]
    assert "emergency_account.used" in kinds
    notice = Notice.objects.get()
    assert notice.addressee == ada.ref
    written = emergency_write(notice, NOON)
    assert written.to == ada.email
    assert written.letter.subject == "Somebody used the emergency account of Optrail"
    assert "manage.py emergency_account" in written.letter.text


def test_each_use_is_told_once(as_mallory: Client, ada: User, microsoft_only: None) -> None:
    sealed = seal()
    for _ in range(2):
        as_mallory.post("/sign-in/", sealed)
    assert Notice.objects.filter(addressee=ada.ref).count() == 2


def test_whoever_is_no_administrator_any_more_does_not_hear_of_it(
    as_mallory: Client, ada: User, microsoft_only: None
) -> None:
    as_mallory.post("/sign-in/", seal())
    User.objects.filter(pk=ada.pk).update(role="auditor")
    with pytest.raises(UnwantedError):
        emergency_write(Notice.objects.get(), NOON)


def test_sealing_anew_ends_the_session_and_the_password(
    as_mallory: Client, ada: User, microsoft_only: None
) -> None:
    before = seal()
    as_mallory.post("/sign-in/", before)
    after = seal()
    assert as_mallory.get("/users/").status_code == 302
    assert before["email"] == after["email"] == "emergency@optrail.example.com"
    again = as_mallory.post("/sign-in/", before)
    assert "do not belong together" in again.content.decode()
    assert User.objects.filter(is_emergency=True).count() == 1
    assert "emergency_account.sealed" in [
        json.loads(body)["kind"] for body in Event.objects.values_list("body", flat=True)
    ]


def test_the_password_is_kept_as_a_hash_alone(db: None) -> None:
    sealed = seal()
    assert len(sealed["password"]) == 32
    assert sealed["password"] not in User.objects.get().password


def test_in_words_the_command_says_what_to_do(db: None) -> None:
    out = io.StringIO()
    call_command("emergency_account", stdout=out)
    assert "sealed envelope" in out.getvalue()


def test_the_emergency_account_is_not_the_last_administrator(db: None, ada: User) -> None:
    """Counted it among the administrators: fails; nobody would be left for every day."""
    seal()
    with pytest.raises(Refusal, match="last administrator"):
        user_deactivate(user=ada, by=None, now=NOON)


def test_the_sealed_password_is_not_changed_on_a_page(as_mallory: Client, db: None) -> None:
    """It would no longer be the one in the envelope."""
    as_mallory.post("/sign-in/", seal())
    page = as_mallory.post("/password/", {"new_password1": "x" * 20, "new_password2": "x" * 20})
    assert "manage.py emergency_account" in page.content.decode()
    assert not User.objects.get().check_password("x" * 20)


def test_nobody_gets_a_link_for_the_emergency_account(db: None) -> None:
    seal()
    with pytest.raises(Refusal, match="sealed password"):
        sign_in_link_issue(user=User.objects.get(), by=None, now=NOON)
    assert user_event_kinds()[-1:] != ["sign_in_link.issued"]
