"""ID tokens that are refused, each with the words that the person reads."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.utils import timezone

from accounts.entra import refusals
from accounts.entra.config import tenant
from accounts.entra.idtoken import id_token_claims
from accounts.entra.refusals import SignInRefused
from accounts.signin.models import User
from ledger.models import Event
from tests.accounts.entra.browser import Browser
from tests.standins.entra import Realm
from tests.standins.entra.keys import SigningKey

pytestmark = pytest.mark.django_db
Claims = dict[str, Any]
OTHER = "99999999-8888-7777-6666-555555555555"


def sent(realm: Realm) -> Any:
    alice = realm.add("alice@example.com", "Alice Officer", "Optrail.Officer")
    browser = Browser(realm)
    return browser.sign_in(alice), browser


def refused(realm: Realm, words: str) -> None:
    events = Event.objects.count()
    answer, browser = sent(realm)
    page = answer.content.decode().replace("&#x27;", "'")
    assert words in page, page
    assert answer.status_code == 403
    assert browser.user_id == ""
    assert "_auth_user_id" not in browser.site.session
    assert not User.objects.exists()
    assert Event.objects.count() == events


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {k: v for k, v in claims.items() if k != name}


def changed(**values: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, **values}


def shifted(**seconds: int) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, **{k: int(time.time()) + v for k, v in seconds.items()}}


MISSING = "something that it must say is missing or odd"
TWISTS: dict[str, tuple[Callable[[Claims], Claims], str]] = {
    "another tenant": (changed(tid=OTHER), "belongs to another organisation"),
    "no tenant": (without("tid"), MISSING),
    "another issuer": (changed(iss="https://evil.example/v2.0"), "somebody else issued it"),
    "the issuer's v1 name": (changed(iss=f"https://sts.windows.net/{OTHER}/"), "somebody else"),
    "the common issuer": (
        changed(iss="https://login.microsoftonline.com/common/v2.0"),
        "somebody else",
    ),
    "no issuer": (without("iss"), MISSING),
    "another audience": (changed(aud=OTHER), "meant for another application"),
    "an audience among several": (changed(aud=[OTHER, "ours"]), "meant for another application"),
    "no audience": (without("aud"), MISSING),
    "another authorized party": (changed(azp=OTHER), "meant for another application"),
    "expired": (shifted(exp=-121, nbf=-4000, iat=-4000), "it has expired"),
    "no end": (without("exp"), MISSING),
    "an end that is no number": (changed(exp="tomorrow"), MISSING),
    "not yet valid": (shifted(nbf=200), "from the future"),
    "no beginning": (without("nbf"), MISSING),
    "issued in the future": (shifted(iat=200), "from the future"),
    "another nonce": (changed(nonce="another"), "belongs to another sign-in"),
    "no nonce": (without("nonce"), "belongs to another sign-in"),
    "version 1.0": (changed(ver="1.0"), MISSING),
    "no object id": (without("oid"), MISSING),
    "an object id that is none": (changed(oid="alice"), MISSING),
    "no subject": (without("sub"), "not a token that can be read"),
    "a guest by acct": (changed(acct=1), "is a guest account"),
    "a guest by idp": (changed(idp=f"https://sts.windows.net/{OTHER}/"), "is a guest account"),
    "a personal account": (changed(idp="live.com"), "is a guest account"),
    "no role": (without("roles"), "have no role in Optrail"),
    "an empty list of roles": (changed(roles=[]), "have no role in Optrail"),
    "a role of another application": (changed(roles=["Admin"]), "have no role in Optrail"),
    "a role in other letters": (changed(roles=["optrail.admin"]), "have no role in Optrail"),
    "roles that are a text": (changed(roles="Optrail.Admin"), "have no role in Optrail"),
    "groups instead of roles": (
        lambda claims: {**without("roles")(claims), "groups": ["Optrail.Admin"]},
        "have no role in Optrail",
    ),
    "too many groups": (
        lambda claims: {
            **without("roles")(claims),
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x"}},
        },
        "have no role in Optrail",
    ),
    "directory roles instead": (
        lambda claims: {**without("roles")(claims), "wids": [OTHER]},
        "have no role in Optrail",
    ),
    "no address": (
        lambda claims: {**without("email")(claims), "preferred_username": "alice"},
        MISSING,
    ),
}


@pytest.mark.parametrize("name", TWISTS)
def test_a_token_is_refused(realm: Realm, name: str) -> None:
    """Removed any single line of `idtoken._rules`, or `require`: the cases of that line fail."""
    realm.twist, words = TWISTS[name]
    refused(realm, words)


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(realm: Realm, claims: Claims) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def hs256_with_the_public_key(realm: Realm, claims: Claims) -> str:
    import hashlib
    import hmac

    key = realm.keys.current
    head = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': key.kid})}.{part(claims)}"
    mac = hmac.digest(key.public_pem, head.encode(), hashlib.sha256)
    return f"{head}.{part(mac)}"


def by_a_stranger(realm: Realm, claims: Claims) -> str:
    """The right key id over the wrong key."""
    stranger = SigningKey(realm.keys.current.kid, SigningKey.new().private)
    return jwt.encode(claims, stranger.private, algorithm="RS256", headers={"kid": stranger.kid})


def by_an_unknown_key(realm: Realm, claims: Claims) -> str:
    key = SigningKey.new()
    return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid})


def with_its_own_key(realm: Realm, claims: Claims) -> str:
    key = SigningKey.new()
    headers = {"kid": realm.keys.current.kid, "jwk": key.jwk("https://evil.example")}
    return jwt.encode(claims, key.private, algorithm="RS256", headers=headers)


def with_a_key_address(realm: Realm, claims: Claims) -> str:
    return realm.keys.sign(claims, jku="https://evil.example/keys")


def without_a_key_id(realm: Realm, claims: Claims) -> str:
    return jwt.encode(claims, realm.keys.current.private, algorithm="RS256")


def rs512(realm: Realm, claims: Claims) -> str:
    headers = {"kid": realm.keys.current.kid}
    return jwt.encode(claims, realm.keys.current.private, algorithm="RS512", headers=headers)


def another_type(realm: Realm, claims: Claims) -> str:
    return realm.keys.sign(claims, typ="at+jwt")


def changed_afterwards(realm: Realm, claims: Claims) -> str:
    head, _, signature = realm.keys.sign(claims).split(".")
    return f"{head}.{part({**claims, 'roles': ['Optrail.Admin']})}.{signature}"


def cut_off(realm: Realm, claims: Claims) -> str:
    return realm.keys.sign(claims)[:-21]


def not_a_token(realm: Realm, claims: Claims) -> str:
    return "hello"


def nothing(realm: Realm, claims: Claims) -> str:
    return ""


def too_long(realm: Realm, claims: Claims) -> str:
    return realm.keys.sign({**claims, "more": "x" * 40_000})


FORGERIES: dict[Callable[[Realm, Claims], str], str] = {
    unsigned: "signed in a way that Optrail does not take",
    hs256_with_the_public_key: "signed in a way that Optrail does not take",
    rs512: "signed in a way that Optrail does not take",
    another_type: "signed in a way that Optrail does not take",
    by_a_stranger: "its signature is wrong",
    changed_afterwards: "its signature is wrong",
    cut_off: "not a token that can be read",
    by_an_unknown_key: "its key is none of your organisation's",
    with_its_own_key: "its key is none of your organisation's",
    with_a_key_address: "its key is none of your organisation's",
    without_a_key_id: "its key is none of your organisation's",
    not_a_token: "not a token that can be read",
    nothing: "not a token that can be read",
    too_long: "not a token that can be read",
}


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_token_is_refused(realm: Realm, forge: Callable[[Realm, Claims], str]) -> None:
    """Took the algorithm from the token: fails for `none` and HS256."""
    realm.forge = lambda claims: forge(realm, claims)
    refused(realm, FORGERIES[forge])


def test_a_key_that_signs_for_another_tenant_is_not_taken(
    realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed the comparison of the key's issuer: fails."""
    monkeypatch.setattr(
        SigningKey, "jwk", _jwk_of("https://login.microsoftonline.com/" + OTHER + "/v2.0")
    )
    refused(realm, "its key is none of your organisation's")


def _jwk_of(issuer: str) -> Callable[[SigningKey, str], dict[str, Any]]:
    original = SigningKey.jwk
    return lambda key, _issuer: original(key, issuer)


def test_a_shared_key_names_the_tenant_by_a_placeholder(
    realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SigningKey, "jwk", _jwk_of(f"{realm.url}/{{tenantid}}/v2.0"))
    assert sent(realm)[0].status_code == 302


def test_a_key_for_encryption_does_not_sign(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    original = SigningKey.jwk
    monkeypatch.setattr(SigningKey, "jwk", lambda k, i: {**original(k, i), "use": "enc"})
    refused(realm, "its key is none of your organisation's")


def test_the_nonce_is_ours_to_compare_whatever_msal_does(realm: Realm) -> None:
    """Removed the line of the nonce: fails here, while MSAL still stops the whole flow."""
    made: list[str] = []

    def keep(claims: Claims) -> str:
        made.append(realm.keys.sign(claims))
        return made[-1]

    realm.forge = keep
    assert sent(realm)[0].status_code == 302
    with pytest.raises(SignInRefused) as refusal:
        id_token_claims(made[0], tenant(), nonce="another", now=timezone.now())
    assert refusal.value.reason == refusals.NONCE


@pytest.mark.parametrize("idp", ["{issuer}", "https://sts.windows.net/{tid}/"])
def test_a_member_whose_token_names_their_own_tenant_is_no_guest(realm: Realm, idp: str) -> None:
    """Took the issuer alone: fails, tenants whose tokens hold `idp` are locked out."""
    realm.twist = changed(idp=idp.format(issuer=realm.issuer, tid=realm.id))
    _, browser = sent(realm)
    assert browser.user_id


def test_clocks_may_differ_by_two_minutes(realm: Realm) -> None:
    realm.twist = shifted(exp=-60, nbf=100, iat=100)
    assert sent(realm)[0].status_code == 302


def test_keys_that_rotate_are_looked_for_once_more(realm: Realm) -> None:
    """Removed the second look: fails after the rotation."""
    alice = realm.add("alice@example.com", "Alice", "Optrail.Officer")
    assert Browser(realm).sign_in(alice).status_code == 302
    assert Browser(realm).sign_in(alice).status_code == 302
    assert realm.calls("/keys") == 1  # kept for all workers
    realm.keys.rotate(keep_old=False)
    assert Browser(realm).sign_in(alice).status_code == 302
    assert realm.calls("/keys") == 2


def test_a_key_that_was_taken_back_is_not_believed_after_the_next_look(realm: Realm) -> None:
    alice = realm.add("alice@example.com", "Alice", "Optrail.Officer")
    old = realm.keys.current
    Browser(realm).sign_in(alice)
    realm.keys.rotate(keep_old=False)
    Browser(realm).sign_in(alice)
    realm.forge = lambda claims: jwt.encode(
        claims, old.private, algorithm="RS256", headers={"kid": old.kid}
    )
    assert "none of your organisation" in Browser(realm).sign_in(alice).content.decode()


def test_a_short_key_is_not_taken(realm: Realm) -> None:
    """Removed KEY_BITS: fails in a library's warning at best."""
    weak = SigningKey("weak", rsa.generate_private_key(65537, 1024))
    realm.keys.keys.insert(0, weak)
    realm.forge = lambda claims: by_hand(weak, claims)
    try:
        refused(realm, "its key is none of your organisation's")
    finally:
        realm.keys.keys.remove(weak)


def by_hand(key: SigningKey, claims: Claims) -> str:
    """RS256 without a library that refuses such keys."""
    head = f"{part({'alg': 'RS256', 'typ': 'JWT', 'kid': key.kid})}.{part(claims)}"
    signature = key.private.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{part(signature)}"
