"""Flows that are refused: replayed, swapped, stolen, planted, stale, declined."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.signin.models import User
from tests.accounts.entra.browser import BACK, BEGIN, COOKIE, Browser
from tests.standins.entra import Person, Realm
from tests.standins.entra.contract import Answer

pytestmark = pytest.mark.django_db
STALE = "was finished before, was begun in another window"


@pytest.fixture
def alice_there(realm: Realm) -> Person:
    """Alice in the tenant, an officer."""
    return realm.add("alice@example.com", "Alice Officer", "Optrail.Officer")


@pytest.fixture
def tab(realm: Realm, alice_there: Person) -> Browser:
    return Browser(realm)


def refused(tab: Browser, answer: dict[str, str], words: str, status: int = 403) -> None:
    response = tab.back(answer)
    assert words in response.content.decode().replace("&#x27;", "'"), response.content.decode()
    assert response.status_code == status
    assert tab.user_id == ""
    assert not User.objects.filter(entra_oid__isnull=False).exists()


def test_another_state_is_refused(tab: Browser, alice_there: Person) -> None:
    """Removed the comparison of states: fails with Alice signed in."""
    given = tab.at_microsoft(tab.begin(), alice_there)
    refused(tab, {**given, "state": "another"}, STALE)


def test_no_state_is_refused(tab: Browser, alice_there: Person) -> None:
    given = tab.at_microsoft(tab.begin(), alice_there)
    refused(tab, {"code": given["code"]}, STALE)


def test_another_browser_cannot_finish_what_one_began(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    """Removed the cookie from the flow's name: fails; a planted sign-in would work."""
    given = tab.at_microsoft(tab.begin(), alice_there)
    refused(Browser(realm), given, STALE)


def test_a_browser_with_a_sign_in_of_its_own_cannot_be_given_anothers(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    """Mallory posts her own code and state into Alice's tab: login CSRF."""
    mallory = Browser(realm)
    given = mallory.at_microsoft(mallory.begin(), alice_there)
    tab.begin()
    refused(tab, given, STALE)


def test_a_swapped_code_does_not_fit_the_verifier(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    """PKCE: a stolen code, brought with the thief's own state, is refused by the tenant."""
    stolen = tab.at_microsoft(tab.begin(), alice_there)["code"]
    thief = Browser(realm)
    own = thief.at_microsoft(thief.begin(), alice_there)
    refused(thief, {**own, "code": stolen}, "Microsoft did not sign you in")


def test_the_same_answer_twice_is_refused(tab: Browser, alice_there: Person) -> None:
    """Left the flow where it was: fails at the tenant instead, with a code used twice."""
    given = tab.at_microsoft(tab.begin(), alice_there)
    secret = tab.site.cookies[COOKIE].value
    assert tab.back(given).status_code == 302
    tab.site.cookies.clear()
    tab.site.cookies[COOKIE] = secret
    assert STALE in tab.back(given).content.decode()


def test_a_code_that_was_used_elsewhere_is_refused(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    given = tab.at_microsoft(tab.begin(), alice_there)
    realm.used_codes.add(given["code"])
    refused(tab, given, "Microsoft did not sign you in")


def test_a_made_up_code_is_refused(tab: Browser, alice_there: Person) -> None:
    given = tab.at_microsoft(tab.begin(), alice_there)
    refused(tab, {**given, "code": "1.made-up"}, "Microsoft did not sign you in")


def test_an_answer_after_ten_minutes_is_refused(tab: Browser, alice_there: Person) -> None:
    """Removed the end of the flow: fails."""
    given = tab.at_microsoft(tab.begin(), alice_there)
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=True):
        refused(tab, given, STALE)


@pytest.mark.parametrize("error", ["access_denied", "consent_required", "server_error"])
def test_a_no_of_the_tenant_is_a_calm_page(tab: Browser, alice_there: Person, error: str) -> None:
    state = tab.at_microsoft(tab.begin(), alice_there)["state"]
    refused(tab, {"state": state, "error": error}, "Microsoft did not sign you in")


def test_a_post_out_of_nowhere_is_refused(tab: Browser) -> None:
    refused(tab, {}, STALE)


def test_looking_at_the_way_back_does_nothing(tab: Browser) -> None:
    assert tab.site.get(BACK, {"code": "x", "state": "y"}).status_code == 405


def test_nobody_signs_in_with_a_wrong_password_or_a_disabled_account(
    tab: Browser, alice_there: Person
) -> None:
    alice_there.enabled = False
    given = tab.at_microsoft(tab.begin(), alice_there)
    assert "code" not in given


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("token", Answer(500, {"error": "server_error"})),
        ("token", Answer(401, {"error": "invalid_client", "error_codes": [7000222]})),
        ("openid-configuration", Answer(503, "busy")),
        ("keys", Answer(503, "busy")),
        ("keys", Answer(200, "[]")),
    ],
    ids=["token failed", "expired secret", "no discovery", "no keys", "keys odd"],
)
def test_when_microsoft_fails_the_words_say_so(
    realm: Realm, tab: Browser, alice_there: Person, name: str, answer: Answer
) -> None:
    given = tab.at_microsoft(tab.begin(), alice_there)
    realm.instead[name] = [answer, answer]
    refused(tab, given, "cannot be reached at the moment", status=503)


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example/v2.0"},
        {"jwks_uri": "https://127.0.0.1:{port}/{id}/discovery/v2.0/keys"},
    ],
    ids=["issuer", "keys"],
)
def test_a_discovery_that_speaks_for_another_is_not_believed(
    realm: Realm, tab: Browser, alice_there: Person, lie: dict[str, str]
) -> None:
    """Removed the comparison of the issuer, or of the keys' host: fails, Alice is signed in."""
    given = tab.at_microsoft(tab.begin(), alice_there)
    base = f"{realm.url}/{realm.id}"
    there = {
        "issuer": realm.issuer,
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
    }
    there |= {name: url.format(port=realm.port, id=realm.id) for name, url in lie.items()}
    realm.instead["openid-configuration"] = [Answer(200, there), Answer(200, there)]
    refused(tab, given, "cannot be reached at the moment", status=503)


def test_without_a_tenant_the_button_leads_nowhere(tab: Browser, settings: Settings) -> None:
    settings.ENTRA = {}
    assert tab.site.post(BEGIN).status_code == 503
