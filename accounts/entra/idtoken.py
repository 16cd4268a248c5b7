"""ID tokens: nothing in them is believed before all of this holds (MSAL checks none of it)."""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt

from accounts.entra import refusals
from accounts.entra.config import Tenant
from accounts.entra.metadata import signing_key
from accounts.entra.refusals import Reason, SignInRefused

# Entra signs with RS256. `none`, and HS256 with the public key as its secret, are old attacks.
ALGORITHM = "RS256"
LONGEST = 32_768
# Clocks differ; OpenID Connect leaves the measure to us.
LEEWAY_SECONDS = 120
REQUIRED = ("iss", "aud", "exp", "nbf", "iat", "sub", "tid", "oid", "nonce", "ver")
# Headers that name a key of the sender's choice, or that we would have to understand.
_FOREIGN_KEYS = {"jku", "jwk", "x5u", "x5c", "crit"}
_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (jwt.ExpiredSignatureError, refusals.EXPIRED),
    (jwt.ImmatureSignatureError, refusals.NOT_YET),
    (jwt.InvalidSignatureError, refusals.SIGNATURE),
    (jwt.MissingRequiredClaimError, refusals.INCOMPLETE),
)

Claims = Mapping[str, Any]


def id_token_claims(raw: object, where: Tenant, *, nonce: str, now: datetime) -> Claims:
    """What a genuine ID token of this tenant for this sign-in says.

    `nonce` is the secret of the sign-in; the token holds its SHA-256, as MSAL asked for it.
    OpenID Connect Core 3.1.3.7 and RFC 8725. Raises SignInRefused, Unreachable.
    """
    if not isinstance(raw, str) or len(raw) > LONGEST:
        raise SignInRefused(refusals.UNREADABLE)
    claims = _decoded(raw, _key(raw, where, now))
    for reason, holds in _rules(claims, where, nonce):
        if not holds:
            raise SignInRefused(reason)
    return claims


def _key(raw: str, where: Tenant, now: datetime) -> jwt.PyJWK:
    header = _header(raw)
    if header.get("alg") != ALGORITHM or header.get("typ", "JWT") != "JWT":
        raise SignInRefused(refusals.ALGORITHM, str(header.get("alg"))[:20])
    kid = header.get("kid")
    if not isinstance(kid, str) or _FOREIGN_KEYS & set(header):
        raise SignInRefused(refusals.KEY)
    key = signing_key(where, kid, now=now)
    if key is None:
        raise SignInRefused(refusals.KEY)
    return key


def _header(raw: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(raw)
    except jwt.PyJWTError as error:
        raise SignInRefused(refusals.UNREADABLE) from error


def _decoded(raw: str, key: jwt.PyJWK) -> Claims:
    """Signature and times. Who it is from, and for, is compared word by word afterwards."""
    options: Any = {"require": list(REQUIRED), "verify_aud": False, "verify_sub": False}
    try:
        return jwt.decode(raw, key, algorithms=[ALGORITHM], options=options, leeway=LEEWAY_SECONDS)
    except jwt.PyJWTError as error:
        known = (reason for kind, reason in _REASONS if isinstance(error, kind))
        raise SignInRefused(next(known, refusals.INCOMPLETE), type(error).__name__) from error


def _rules(claims: Claims, where: Tenant, nonce: str) -> list[tuple[Reason, bool]]:
    """In this order: the words are about the first that does not hold."""
    issuer = claims["iss"]
    return [
        (refusals.OTHER_TENANT, claims["tid"] == where.id),
        (refusals.ISSUER, issuer == where.issuer),
        (refusals.AUDIENCE, claims["aud"] == where.client_id),
        (refusals.AUDIENCE, claims.get("azp", where.client_id) == where.client_id),
        (refusals.NONCE, _is_nonce(claims["nonce"], nonce)),
        (refusals.INCOMPLETE, claims["ver"] == "2.0"),
        (refusals.INCOMPLETE, _is_guid(claims["oid"]) and isinstance(claims["sub"], str)),
        (refusals.GUEST, claims.get("idp", issuer) in where.own_names),
        # The optional claim `acct`: 0 is a member, 1 a guest.
        (refusals.GUEST, claims.get("acct", 0) in (0, "0")),
    ]


def _is_nonce(given: object, nonce: str) -> bool:
    expected = hashlib.sha256(nonce.encode()).hexdigest()
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _is_guid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False
