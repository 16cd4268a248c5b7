"""Tokens of the application: with either credential, once for all workers, sealed."""

from pathlib import Path

import jwt
import pytest
from django.db import connection
from pytest_django import Settings

from accounts.entra.checks import check
from accounts.entra.config import tenant
from accounts.entra.errors import CredentialRefused, EntraError, NotConnected, Unreachable
from accounts.entra.models import Kept
from accounts.entra.sealing import seal, unseal
from accounts.entra.tokens import app_token, app_token_forget
from tests.accounts.entra.browser import Browser
from tests.factories import NOON
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer

pytestmark = pytest.mark.django_db


def token() -> str:
    return app_token(tenant().graph_scope)


def certificate(realm: Realm, folder: Path, name: str = "new") -> str:
    path = folder / f"{name}.pem"
    path.write_text(realm.certificate_issue())
    return str(path)


def test_a_token_is_asked_for_once_and_kept_for_all_workers(realm: Realm) -> None:
    """Removed the look into Kept: fails, two tokens are fetched."""
    first = token()
    assert token() == first
    assert realm.calls("/token") == 1


def test_a_certificate_signs_an_assertion_that_is_used_once(
    realm: Realm, settings: Settings, tmp_path: Path
) -> None:
    """Kept MSAL's application from one request to the next: fails, the assertion comes twice."""
    path = certificate(realm, tmp_path)
    settings.ENTRA = realm.settings(("ENTRA_CERTIFICATE_FILE", path))
    app_token(tenant().graph_scope)
    app_token(tenant().exchange_scope)
    sent = [form for _, where, form in realm.heard if where.endswith("/token")]
    assert len({form["client_assertion"] for form in sent}) == 2
    assert all("client_secret" not in form for form in sent)
    header = jwt.get_unverified_header(sent[0]["client_assertion"])
    assert header["alg"] == "PS256"
    assert "x5t#S256" in header
    assert "x5t" not in header  # SHA-1


def test_the_credential_before_is_taken_while_the_new_one_is_not_known_yet(
    realm: Realm, settings: Settings, tmp_path: Path
) -> None:
    """Removed the next credential after invalid_client: fails."""
    old = certificate(realm, tmp_path, "old")
    new = certificate(realm, tmp_path)
    realm.certificates.pop()
    settings.ENTRA = realm.settings(
        ("ENTRA_CERTIFICATE_FILE", new), ("ENTRA_CERTIFICATE_OLD_FILE", old)
    )
    assert token()
    assert realm.calls("/token") == 2


def test_the_credential_before_is_taken_while_the_new_file_is_none(
    realm: Realm, settings: Settings, tmp_path: Path
) -> None:
    """Removed `except CredentialFaulty` of with_credentials: fails, nobody gets in any more."""
    old, new = certificate(realm, tmp_path, "old"), tmp_path / "new.pem"
    new.write_text("half a certif")
    settings.ENTRA = realm.settings(
        ("ENTRA_CERTIFICATE_FILE", str(new)), ("ENTRA_CERTIFICATE_OLD_FILE", old)
    )
    assert token()
    browser = Browser(realm)
    assert browser.sign_in(realm.add("alice@example.com", "Alice", "Optrail.Officer"))
    assert browser.user_id
    said = [(each.tone, each.words) for each in check(now=NOON) if each.title == "Credential"]
    assert [tone for tone, _ in said] == ["bad", "good"]
    assert "ENTRA_CERTIFICATE_FILE holds no certificate" in said[0][1]


def test_a_replaced_certificate_needs_no_restart(
    realm: Realm, settings: Settings, tmp_path: Path
) -> None:
    path = certificate(realm, tmp_path)
    settings.ENTRA = realm.settings(("ENTRA_CERTIFICATE_FILE", path))
    token()
    app_token_forget(tenant().graph_scope)
    realm.certificates.clear()
    certificate(realm, tmp_path)
    assert token()


@pytest.mark.parametrize(
    ("secret", "code"), [("wrong", "AADSTS7000215"), ("expired", "AADSTS7000222")]
)
def test_a_refused_secret_is_named_with_what_to_do(
    realm: Realm, settings: Settings, secret: str, code: str
) -> None:
    realm.expired_secrets.add("expired")
    settings.ENTRA = realm.settings(("ENTRA_SECRET", secret))
    with pytest.raises(CredentialRefused, match="Certificates & secrets") as refused:
        token()
    assert refused.value.code == code
    assert "ENTRA_SECRET" in str(refused.value)


def test_what_is_kept_is_sealed_under_its_name_and_a_key_of_ours(
    realm: Realm, settings: Settings
) -> None:
    """Stored the token as it is: fails. Left the name out of the seal: fails."""
    made = token()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sealed FROM accounts_kept")
        [(name, sealed)] = cursor.fetchall()
    assert made.encode() not in bytes(sealed)
    assert unseal(name, bytes(sealed)) == made.encode()
    assert unseal("elsewhere", bytes(sealed)) is None
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "x" * 50
    assert unseal(name, bytes(sealed)) == made.encode()
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(name, bytes(sealed)) is None
    assert unseal(name, seal(name, b"")[:5]) is None


def test_a_token_that_cannot_be_opened_is_fetched_anew(realm: Realm) -> None:
    first = token()
    Kept.objects.update(sealed=b"damaged by somebody")
    assert token() != first


def test_a_token_close_to_its_end_is_not_given_out(realm: Realm) -> None:
    """Removed RESERVE: fails."""
    realm.token_seconds = 299
    assert token() != token()


def test_without_a_tenant_the_words_say_what_to_set(db: None) -> None:
    with pytest.raises(NotConnected, match="ENTRA_TENANT_ID"):
        app_token("https://graph.microsoft.com/.default")


def test_an_unknown_tenant_is_said(realm: Realm, settings: Settings) -> None:
    settings.ENTRA = {**realm.settings(), "tenant_id": "00000000-0000-0000-0000-000000000009"}
    with pytest.raises(EntraError, match="does not know the tenant"):
        token()


def test_a_certificate_that_is_none_is_said(
    realm: Realm, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "none.pem"
    path.write_text("-----BEGIN NOTHING-----")
    settings.ENTRA = realm.settings(("ENTRA_CERTIFICATE_FILE", str(path)))
    with pytest.raises(EntraError, match="ENTRA_CERTIFICATE_FILE holds no"):
        token()


def test_a_key_of_another_certificate_is_said(
    realm: Realm, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.pem"
    key, other = realm.certificate_issue(), realm.certificate_issue()
    path.write_text(key.partition("-----BEGIN CERT")[0] + other[other.index("-----BEGIN CERT") :])
    settings.ENTRA = realm.settings(("ENTRA_CERTIFICATE_FILE", str(path)))
    with pytest.raises(EntraError, match="do not belong together"):
        token()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(503, "busy"),
        Answer(500, {"error": "server_error"}),
        Answer(200, "<html>a proxy"),
        Answer(429, {"error": "temporarily_unavailable", "error_codes": [90033]}),
    ],
    ids=["busy", "failed", "no JSON", "too busy"],
)
def test_a_token_endpoint_that_fails_is_unreachable(realm: Realm, answer: Answer) -> None:
    realm.instead["token"] = [answer]
    with pytest.raises(Unreachable):
        token()


@pytest.mark.parametrize("where", ["openid-configuration", "token"])
def test_nothing_follows_a_redirect(realm: Realm, where: str) -> None:
    """Followed redirects: fails, our secret would go along."""
    realm.instead[where] = [Answer(307, "", {"Location": f"{realm.url}/elsewhere"})]
    with pytest.raises(Unreachable):
        token()
    assert realm.calls("/elsewhere") == 0


def test_a_server_that_our_ca_did_not_sign_is_not_spoken_to(
    realm: Realm, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Took `verify` from the environment: fails, REQUESTS_CA_BUNDLE would win."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", realm.ca_file)
    settings.ENTRA = {**realm.settings(), "ca_file": ""}
    with pytest.raises(Unreachable, match="ENTRA_CA_FILE"):
        token()
    assert realm.heard == []
