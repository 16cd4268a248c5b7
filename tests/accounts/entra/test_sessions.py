"""Sessions that end with Microsoft: disabled accounts, single sign-out, connected users."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.entra.models import OpenSignIn
from accounts.entra.recheck import accounts_recheck
from accounts.entra.tasks import recheck
from accounts.signin.models import User
from accounts.signin.services import sign_in_link_issue
from ledger.commands import Refusal
from tests.accounts.entra.browser import Browser
from tests.accounts.events import user_event_kinds, user_events
from tests.standins.entra import Person, Realm
from tests.standins.entra.contract import Answer

pytestmark = pytest.mark.django_db
SIGNED_OUT = "/sign-in/microsoft/signed-out"
CONNECT = "/sign-in/microsoft/connect"


@pytest.fixture
def alice_there(realm: Realm) -> Person:
    """Alice in the tenant, an officer."""
    return realm.add("alice@example.com", "Alice Officer", "Optrail.Officer")


@pytest.fixture
def tab(realm: Realm, alice_there: Person) -> Browser:
    """Alice, signed in with Microsoft."""
    browser = Browser(realm)
    browser.sign_in(alice_there)
    return browser


def is_in(tab: Browser) -> bool:
    return bool(tab.site.get("/people/").status_code == 200)


def test_an_account_in_order_keeps_its_session(tab: Browser) -> None:
    assert accounts_recheck(now=timezone.now()) == {"in_order": 1}
    assert is_in(tab)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enabled": False}, "account_disabled"),
        ({"guest": True}, "guest"),
        ({"oid": "00000000-0000-0000-0000-00000000dead"}, "account_deleted"),
    ],
)
def test_a_session_ends_at_the_next_look(
    tab: Browser, alice_there: Person, change: dict[str, object], reason: str
) -> None:
    """Removed user_sessions_end: fails."""
    other = Client()
    for name, value in change.items():
        setattr(alice_there, name, value)
    recheck()
    assert not is_in(tab)
    assert other.get("/people/").status_code == 302
    ended = user_events()[-1]
    assert ended["kind"] == "user.sessions_ended"
    assert ended["data"] == {"reason": reason}
    assert not OpenSignIn.objects.exists()


def test_the_next_look_is_never_further_away_than_fifteen_minutes(settings: Settings) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["accounts.entra.tasks.recheck"]
    assert entry["schedule"] <= timedelta(minutes=5)


@pytest.mark.parametrize(
    "answer",
    [Answer(429, {}, {"Retry-After": "5"}), Answer(503), Answer(403, {"error": {"code": "no"}})],
    ids=["throttled", "down", "no permission"],
)
def test_a_look_without_an_answer_changes_nothing(
    realm: Realm, tab: Browser, alice_there: Person, answer: Answer
) -> None:
    realm.instead[alice_there.oid] = [answer]
    assert accounts_recheck(now=timezone.now()) == {}
    assert is_in(tab)


@pytest.mark.parametrize(
    ("roles", "state"),
    [
        ([], {"no_role": 1}),
        (["Optrail.Auditor"], {"in_order": 1}),
        (["Optrail.Admin"], {"in_order": 1}),
    ],
    ids=["taken away", "another", "more"],
)
def test_an_app_role_that_was_taken_away_is_noticed_where_it_can_be_asked(
    realm: Realm, tab: Browser, alice_there: Person, roles: list[str], state: dict[str, int]
) -> None:
    """Asked about the account alone: fails. Raised roles too: fails, "more" is an administrator."""
    realm.permissions.add("Directory.Read.All")
    alice_there.roles = roles
    assert accounts_recheck(now=timezone.now()) == state
    assert is_in(tab) == bool(roles)
    user = User.objects.get(email=alice_there.mail)
    assert user.role == ("auditor" if roles == ["Optrail.Auditor"] else "officer")
    assert ("user.role_changed" in user_event_kinds()) == (roles == ["Optrail.Auditor"])


def test_a_disabled_account_is_noticed_even_where_roles_are_refused(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    realm.permissions.add("Directory.Read.All")
    alice_there.enabled = False
    realm.instead[f"servicePrincipals(appId='{realm.client_id}')"] = [Answer(404)]
    assert accounts_recheck(now=timezone.now()) == {"account_disabled": 1}


def test_without_that_permission_roles_are_those_of_the_sign_in(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    alice_there.roles = []
    assert accounts_recheck(now=timezone.now()) == {"in_order": 1}
    assert realm.calls("/appRoleAssignments") == 0


def test_one_question_that_is_refused_holds_up_nobody_else(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    """Raised at every refusal: fails, whoever comes after Alice is never looked at again."""
    other = realm.add("bert@example.com", "Bert", "Optrail.Auditor")
    Browser(realm).sign_in(other)
    other.enabled = False
    realm.instead[alice_there.oid] = [Answer(400, {"error": {"code": "BadRequest"}})]
    assert accounts_recheck(now=timezone.now()) == {"unclear": 1, "account_disabled": 1}
    assert is_in(tab)


def test_whoever_waits_longest_is_looked_at_first(realm: Realm, tab: Browser) -> None:
    """Ordered by the user's number: fails, after a run that stopped the last ones wait again."""
    Browser(realm).sign_in(realm.add("bert@example.com", "Bert", "Optrail.Auditor"))
    first, last = User.objects.order_by("pk")
    OpenSignIn.objects.filter(user=last).update(checked_at=timezone.now() - timedelta(minutes=5))
    realm.instead[str(first.entra_oid)] = [Answer(503)]
    assert accounts_recheck(now=timezone.now()) == {"in_order": 1}


def test_nobody_signed_in_means_nothing_to_ask(realm: Realm) -> None:
    recheck()
    assert realm.heard == []


def test_whoever_signed_out_or_ran_out_of_time_is_not_asked_about(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    tab.site.post("/sign-out/")
    assert not OpenSignIn.objects.exists()
    tab.sign_in(alice_there)
    realm.heard.clear()
    assert accounts_recheck(now=timezone.now() + timedelta(hours=12)) == {}
    assert realm.heard == []


def test_signing_out_at_microsoft_ends_the_session_here(
    realm: Realm, tab: Browser, alice_there: Person
) -> None:
    """Entra opens our address in a hidden frame of its own page: no cookie comes along."""
    other = Browser(realm)
    other.sign_in(alice_there)
    there = tab.tenant.get(f"{realm.url}/{realm.id}/oauth2/v2.0/logout").text
    path = there.partition('src="https://optrail.example.com')[2].partition('"')[0]
    assert path.startswith(f"{SIGNED_OUT}?sid=")
    answer = Client(headers={"x-forwarded-proto": "https"}).get(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert not is_in(tab)
    assert is_in(other)  # another session there is another session here
    assert user_event_kinds()[-1] == "user.signed_out"


@pytest.mark.parametrize("query", ["", "?sid=", "?sid=unknown", "?sid={sid}&iss=https://evil/v2.0"])
def test_only_the_tenants_word_about_a_known_session_ends_it(tab: Browser, query: str) -> None:
    """Removed the look at `iss`, or at an empty `sid`: fails."""
    sid = OpenSignIn.objects.get().sid
    OpenSignIn.objects.create(
        session_key="x" * 32, user=User.objects.get(), sid="",
        began_at=timezone.now(), checked_at=timezone.now(),
    )  # fmt: skip
    assert tab.site.get(SIGNED_OUT + query.format(sid=sid)).status_code == 200
    assert is_in(tab)
    assert OpenSignIn.objects.count() == 2


def test_signing_out_here_leads_to_signing_out_there(realm: Realm, tab: Browser) -> None:
    answer = tab.site.post("/sign-out/")
    assert answer.headers["Location"] == "/sign-in/microsoft/left"
    page = tab.site.get("/sign-in/microsoft/left").content.decode()
    assert f"{realm.url}/{realm.id}/oauth2/v2.0/logout?post_logout_redirect_uri=https" in page


def test_without_the_tenant_the_page_after_signing_out_still_stands(
    realm: Realm, tab: Browser, settings: Settings
) -> None:
    settings.ENTRA = {}
    page = tab.site.get("/sign-in/microsoft/left")
    assert page.status_code == 200
    assert "Sign out at Microsoft" not in page.content.decode()


def test_an_idle_session_of_microsoft_ends_too(realm: Realm, alice_there: Person) -> None:
    with time_machine.travel(timezone.now(), tick=True) as clock:
        browser = Browser(realm)
        browser.sign_in(alice_there)
        clock.shift(timedelta(minutes=61))
        assert not is_in(browser)


def test_a_user_connects_their_account_and_has_no_other_way_in(
    realm: Realm, as_ada: Client, ada: User
) -> None:
    """Kept the password, or the links: fails."""
    ada.set_password("correct horse battery staple")
    ada.save()
    browser = Browser(realm)
    browser.site.force_login(ada)
    there = realm.add("ada@example.com", "Ada Admin", "Optrail.Admin")
    answer = browser.back(browser.at_microsoft(browser.begin(CONNECT), there))
    assert answer.status_code == 302
    ada.refresh_from_db()
    assert str(ada.entra_oid) == there.oid
    assert not ada.has_usable_password()
    assert "user.entra_connected" in user_event_kinds()
    assert as_ada.get("/people/").status_code == 302  # sessions from before are over
    with pytest.raises(Refusal, match="signs in with Microsoft"):
        sign_in_link_issue(user=ada, by=None, now=timezone.now())
    assert "You sign in with Microsoft" in browser.site.get("/password/").content.decode()


def test_an_account_of_another_user_cannot_be_connected(
    realm: Realm, tab: Browser, alice_there: Person, ada: User
) -> None:
    browser = Browser(realm)
    browser.site.force_login(ada)
    answer = browser.back(browser.at_microsoft(browser.begin(CONNECT), alice_there))
    assert "belongs to another user of Optrail" in answer.content.decode()
    ada.refresh_from_db()
    assert ada.entra_oid is None


def test_an_account_without_a_role_cannot_be_connected(realm: Realm, ada: User) -> None:
    browser = Browser(realm)
    browser.site.force_login(ada)
    nobody = realm.add("nobody@example.com", "Nobody")
    answer = browser.back(browser.at_microsoft(browser.begin(CONNECT), nobody))
    assert "have no role in Optrail" in answer.content.decode()


def test_connecting_needs_a_session(realm: Realm) -> None:
    assert Browser(realm).site.post(CONNECT).headers["Location"].startswith("/sign-in/")


def test_a_user_deactivated_meanwhile_connects_nothing(realm: Realm, ada: User) -> None:
    browser = Browser(realm)
    browser.site.force_login(ada)
    there = realm.add("ada@example.com", "Ada", "Optrail.Admin")
    given = browser.at_microsoft(browser.begin(CONNECT), there)
    User.objects.update(is_active=False)
    assert "deactivated" in browser.back(given).content.decode()
