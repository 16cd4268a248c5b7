"""The page Microsoft: the walk through the registration, and the check in words."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.entra.models import OpenSignIn
from accounts.signin.emergency import emergency_account_seal
from accounts.signin.models import User
from tests.accounts.entra.browser import Browser, query
from tests.factories import NOON
from tests.standins.entra import Realm
from tests.standins.entra.contract import PERMISSIONS, Answer

pytestmark = pytest.mark.django_db
PAGE, CHECK = "/microsoft/", "/microsoft/check/"


def words(client: Client) -> str:
    page = client.post(CHECK).content.decode()
    return page.replace("&#x27;", "'").replace("&amp;", "&")


def test_before_it_is_connected_the_page_says_everything_to_type(
    as_ada: Client, settings: Settings
) -> None:
    settings.ENTRA = {}
    page = as_ada.get(PAGE).content.decode()
    for text in (
        "https://optrail.example.com/sign-in/microsoft/back",
        "https://optrail.example.com/sign-in/microsoft/signed-out",
        "User.Read.All",
        "Optrail.Admin",
        "Optrail.Officer",
        "Optrail.Auditor",
        "New-ManagementRoleAssignment",
        "ENTRA_CERTIFICATE_FILE",
        "manage.py emergency_account",
    ):
        assert text in page, text
    assert "Check everything" not in page
    assert "is not connected" in words(as_ada)


def test_whatever_people_are_asked_for_at_sign_in_is_registered_and_consented_to_once(
    realm: Realm, as_ada: Client
) -> None:
    """Left a scope out of the page: fails; where people may not consent, nobody then gets in."""
    page = as_ada.get(PAGE).content.decode()
    for scope in query(Browser(realm).begin())["scope"].split():
        assert f"<code>{scope}</code>" in page, scope


def test_the_page_says_what_sends_by_graph_until_something_does(
    as_ada: Client, settings: Settings
) -> None:
    hint = f"EMAIL_URL=graph://{settings.EMAIL_FROM}"
    settings.EMAIL_URL = "smtp://127.0.0.1:25"
    assert hint in as_ada.get(PAGE).content.decode()
    settings.EMAIL_URL = "graph://privacy@example.com"
    page = as_ada.get(PAGE).content.decode()
    assert hint not in page
    assert "Mails leave by Microsoft Graph" in page


def test_every_permission_on_the_page_is_one_that_microsoft_knows(
    realm: Realm, as_ada: Client
) -> None:
    page = as_ada.get(PAGE).content.decode()
    named = set(re.findall(r"<code>([A-Z]\w+\.\w+(?:\.All)?)</code>", page))
    assert {"User.Read.All", "Mail.Send", "GroupMember.Read.All"} <= named
    assert (
        named - {each for each in named if each.startswith("Optrail.")} - {"User.Read"}
        <= PERMISSIONS
    )


def test_the_consent_link_is_what_the_tenant_takes(realm: Realm, as_ada: Client) -> None:
    from html import unescape

    import requests

    page = as_ada.get(PAGE).content.decode()
    found = re.search(r'href="([^"]+adminconsent[^"]+)"', page)
    assert found
    realm.consented = False
    answer = requests.get(
        unescape(found[1]), verify=realm.ca_file, allow_redirects=False, timeout=5
    )
    assert answer.status_code == 302, answer.text
    assert realm.consented
    there = answer.headers["Location"].removeprefix("https://optrail.example.com")
    assert "has consented" in as_ada.get(there).content.decode()


def test_a_consent_that_was_refused_is_said(realm: Realm, as_ada: Client) -> None:
    """Looked at `admin_consent` first: fails, a refusal says `admin_consent=True` too."""
    for answer in ("error=access_denied&error_description=x", "admin_consent=True&error=x"):
        page = as_ada.get(f"{PAGE}?{answer}").content.decode()
        assert "The consent was not given" in page
        assert "has consented" not in page


def test_everything_in_order_is_said(
    realm: Realm, as_ada: Client, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "optrail.pem"
    path.write_text(realm.certificate_issue())
    settings.ENTRA = realm.settings(("ENTRA_CERTIFICATE_FILE", str(path)))
    Browser(realm).sign_in(realm.add("alice@example.com", "Alice", "Optrail.Officer"))
    emergency_account_seal(now=NOON)
    page = words(as_ada)
    for text in (
        "answers and publishes 1 signing key.",
        "ENTRA_CERTIFICATE_FILE works. The certificate ends on 1 January 2040",
        "People may be read",
        "Nothing is granted that Optrail does not use",
        "Users with a Microsoft account: 1",
        "The emergency account is there",
    ):
        assert text in page, text
    assert page.count("in order") == 7


def test_a_second_look_that_is_late_is_said(realm: Realm, as_ada: Client) -> None:
    Browser(realm).sign_in(realm.add("alice@example.com", "Alice", "Optrail.Officer"))
    OpenSignIn.objects.update(checked_at=timezone.now() - timedelta(minutes=16))
    assert "1 sign-in waits for it since more than 15. Is beat running?" in words(as_ada)


def test_a_missing_permission_is_named(realm: Realm, as_ada: Client) -> None:
    realm.permissions.clear()
    page = words(as_ada)
    assert "the application permission User.Read.All is missing" in page
    realm.permissions.add("User.Read.All")
    assert "People may be read" in words(as_ada)


def test_what_is_granted_too_much_is_named(realm: Realm, as_ada: Client) -> None:
    realm.permissions |= {"Mail.Send", "Mail.ReadWrite", "Directory.ReadWrite.All"}
    page = words(as_ada)
    assert "Mail.Send is granted for every mailbox" in page
    assert "Mail.ReadWrite is granted for every mailbox" in page
    assert "not used by Optrail: Directory.ReadWrite.All" in page


def test_a_token_that_names_no_permission_proves_nothing(realm: Realm, as_ada: Client) -> None:
    """Took nothing for nothing too much: fails."""
    realm.permissions.clear()
    page = words(as_ada)
    assert "what is granted too much cannot be told" in page
    assert "Nothing is granted that Optrail does not use" not in page


def test_each_credential_is_tried(realm: Realm, as_ada: Client, settings: Settings) -> None:
    good = next(iter(realm.secrets))
    settings.ENTRA = realm.settings(("ENTRA_SECRET", "wrong"), ("ENTRA_SECRET_OLD", good))
    page = words(as_ada)
    assert "ENTRA_SECRET is refused (AADSTS7000215)" in page
    assert "ENTRA_SECRET_OLD works" in page


def test_a_certificate_close_to_its_end_is_said(
    realm: Realm, as_ada: Client, settings: Settings, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    import time_machine

    path = tmp_path / "optrail.pem"
    path.write_text(realm.certificate_issue())
    settings.ENTRA = realm.settings(("ENTRA_CERTIFICATE_FILE", str(path)))
    from accounts.entra.checks import check

    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC)):
        findings = check(now=datetime(2039, 12, 15, tzinfo=UTC))
    assert [f.tone for f in findings if f.title == "Credential"] == ["warn"]


def test_a_tenant_that_does_not_answer_is_said(realm: Realm, as_ada: Client) -> None:
    realm.instead["openid-configuration"] = [Answer(503)] * 9
    assert "cannot be read. Check the network" in words(as_ada)


def test_graph_that_fails_is_said(realm: Realm, as_ada: Client) -> None:
    realm.instead["users"] = [Answer(500)]
    assert "Microsoft Graph failed (500)" in words(as_ada)


def test_without_an_emergency_account_microsoft_only_is_a_risk(
    realm: Realm, as_ada: Client, settings: Settings
) -> None:
    settings.LOCAL_SIGN_IN = False
    assert "if Microsoft fails, nobody gets in" in words(as_ada)


def test_a_user_of_microsoft_is_shown_as_such(realm: Realm, as_ada: Client) -> None:
    Browser(realm).sign_in(realm.add("alice@example.com", "Alice", "Optrail.Officer"))
    user = User.objects.get(email="alice@example.com")
    page = as_ada.get(f"/users/{user.pk}/").content.decode()
    assert "with Microsoft" in page
    assert "Make a new link" not in page
    refused = as_ada.post(f"/users/{user.pk}/link/", follow=True)
    assert "a link would go around that" in refused.content.decode()
