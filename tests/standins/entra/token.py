"""The token endpoint: code with PKCE, and client credentials."""

import base64
import hashlib
import time
import uuid
from typing import Any

from tests.standins.entra.clients import client_check
from tests.standins.entra.contract import TOKEN, Answer, RefusedError, only
from tests.standins.entra.realm import Code, Realm

CODE_SECONDS = 600


def token(realm: Realm, form: dict[str, str], _cookies: dict[str, str]) -> Answer:
    """Answer one POST."""
    grant = form.get("grant_type", "")
    if grant not in TOKEN:
        raise RefusedError("unsupported_grant_type", 70003, f"grant_type {grant!r}")
    only(form, TOKEN[grant], ["client_id", "scope"])
    client_check(realm, form)
    answer = _by_code(realm, form) if grant == "authorization_code" else _for_app(realm, form)
    return Answer(body=answer, headers={"Cache-Control": "no-store"})


def _for_app(realm: Realm, form: dict[str, str]) -> dict[str, Any]:
    resource, _, scope = form["scope"].rpartition("/")
    if scope != ".default" or not resource.startswith("https://"):
        raise RefusedError("invalid_scope", 1002012, "The scope must be <resource>/.default.")
    made = realm.keys.sign(
        {"aud": resource, "roles": sorted(realm.granted), "uti": uuid.uuid4().hex}
    )
    realm.app_tokens[made] = time.time() + realm.token_seconds
    return {
        "token_type": "Bearer", "expires_in": realm.token_seconds,
        "ext_expires_in": realm.token_seconds, "access_token": made,
    }  # fmt: skip


def _by_code(realm: Realm, form: dict[str, str]) -> dict[str, Any]:
    code = _code(realm, form)
    claims = id_claims(realm, code)
    if realm.twist:
        claims = realm.twist(claims)
    made = realm.forge(claims) if realm.forge else realm.keys.sign(claims)
    return {
        "token_type": "Bearer", "scope": form["scope"], "expires_in": 3600,
        "access_token": f"user.{uuid.uuid4().hex}", "id_token": made,
    }  # fmt: skip


def _code(realm: Realm, form: dict[str, str]) -> Code:
    """The code, used up by this; refuses what does not fit the request it was issued for."""
    given = form.get("code", "")
    if given in realm.used_codes:
        raise RefusedError("invalid_grant", 54005, "The code was redeemed before.")
    code = realm.codes.pop(given, None)
    if not code or time.time() - code.issued_at > CODE_SECONDS:
        raise RefusedError("invalid_grant", 70008, "The code is unknown or expired.")
    realm.used_codes.add(given)
    if form.get("redirect_uri") != code.request["redirect_uri"]:
        raise RefusedError("invalid_grant", 50011, "The redirect URI is another one.")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.request["code_challenge"]:
        raise RefusedError("invalid_grant", 50148, "The code_verifier does not match.")
    return code


def id_claims(realm: Realm, code: Code) -> dict[str, Any]:
    """What Entra says about somebody who has just signed in."""
    now, person = int(time.time()), code.person
    claims: dict[str, Any] = {
        "aud": realm.client_id, "iss": realm.issuer, "tid": realm.id, "ver": "2.0",
        "iat": now, "nbf": now, "exp": now + 3600, "nonce": code.request["nonce"],
        "oid": person.oid, "sub": realm.pairwise(person), "sid": code.sid,
        "uti": uuid.uuid4().hex[:22], "rh": "0.AAAA",
        "name": person.name, "preferred_username": person.upn,
    }  # fmt: skip
    if person.roles:
        claims["roles"] = person.roles
    if person.guest:
        claims["idp"] = "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/"
    if "acct" in realm.optional_claims:
        claims["acct"] = int(person.guest)
    if "email" in code.request["scope"].split() and person.mail:
        claims["email"] = person.mail
    return claims
