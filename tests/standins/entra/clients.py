"""Who is the client: a secret, or an assertion signed with a registered certificate."""

import base64
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.standins.entra.contract import RefusedError
from tests.standins.entra.realm import Realm

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
THUMBPRINTS = {"RS256": ("x5t", hashes.SHA1()), "PS256": ("x5t#S256", hashes.SHA256())}
ALL_THUMBPRINTS = {"x5t": hashes.SHA1(), "x5t#S256": hashes.SHA256()}
LONGEST = 24 * 3600


def client_check(realm: Realm, form: dict[str, str]) -> None:
    """Refuse whoever does not show that it is the application."""
    if form.get("client_id") != realm.client_id:
        raise RefusedError("unauthorized_client", 700016, "Application not found.")
    if ("client_secret" in form) == ("client_assertion" in form):
        raise RefusedError("invalid_client", 7000218, "One credential, please.", 401)
    if "client_secret" in form:
        _secret_check(realm, form["client_secret"])
    else:
        _assertion_check(realm, form)


def _secret_check(realm: Realm, secret: str) -> None:
    if secret in realm.expired_secrets:
        raise RefusedError("invalid_client", 7000222, "The secret is expired.", 401)
    if secret not in realm.secrets:
        raise RefusedError("invalid_client", 7000215, "Invalid client secret.", 401)


def _assertion_check(realm: Realm, form: dict[str, str]) -> None:
    if form.get("client_assertion_type") != JWT_BEARER:
        raise RefusedError("invalid_request", 900144, "client_assertion_type is missing.")
    assertion = form["client_assertion"]
    certificate = _certificate(realm, jwt.get_unverified_header(assertion))
    claims = _verified(realm, assertion, certificate)
    if claims["iss"] != realm.client_id or claims["sub"] != realm.client_id:
        raise _bad("iss and sub must be the client id")
    if claims["exp"] - claims.get("iat", claims["exp"]) > LONGEST:
        raise _bad("it lives too long")
    if claims["jti"] in realm.used_assertions:
        raise _bad("it was used before")
    realm.used_assertions.add(claims["jti"])


def _certificate(realm: Realm, header: dict[str, Any]) -> x509.Certificate:
    """The registered certificate that the header names by every thumbprint in it."""
    algorithm = header.get("alg", "")
    if header.get("typ") != "JWT" or algorithm not in THUMBPRINTS:
        raise _bad("typ must be JWT, alg RS256 or PS256")
    if THUMBPRINTS[algorithm][0] not in header:
        raise _bad(f"{algorithm} needs {THUMBPRINTS[algorithm][0]}")
    fitting = [c for c in realm.certificates if _names(header, c)]
    if not fitting:
        raise RefusedError("invalid_client", 700027, "The certificate is not registered.", 401)
    if fitting[0].not_valid_after_utc < datetime.now(UTC):
        raise RefusedError("invalid_client", 700027, "The certificate is expired.", 401)
    return fitting[0]


def _names(header: dict[str, Any], certificate: x509.Certificate) -> bool:
    chain = header.get("x5c")
    own = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    # Microsoft's own library pads thumbprints and breaks the chain into lines.
    if chain is not None and "".join(chain[0].split()) != own:
        return False
    return all(
        header[name].rstrip("=") == _b64(certificate.fingerprint(digest))
        for name, digest in ALL_THUMBPRINTS.items()
        if name in header
    )


def _verified(realm: Realm, assertion: str, certificate: x509.Certificate) -> dict[str, Any]:
    key: Any = certificate.public_key()
    required = ["aud", "exp", "iss", "sub", "jti"]
    try:
        claims: dict[str, Any] = jwt.decode(
            assertion, key, algorithms=list(THUMBPRINTS), options={"require": required},
            audience=f"{realm.url}/{realm.id}/oauth2/v2.0/token",
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise _bad(str(error)) from error
    return claims


def _bad(words: str) -> RefusedError:
    return RefusedError("invalid_client", 700027, f"The assertion is refused: {words}.", 401)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
