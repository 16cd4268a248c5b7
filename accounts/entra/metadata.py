"""What the tenant publishes: where its signing keys lie, and the keys, kept for all workers."""

import json
from datetime import datetime, timedelta
from typing import Any

import requests
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from accounts.entra.config import Tenant
from accounts.entra.errors import EntraError, Unreachable
from accounts.entra.http import Line
from accounts.entra.models import Kept

KEPT = timedelta(hours=24)
# NIST SP 800-131A: shorter RSA keys are broken or soon will be.
KEY_BITS = 2048


def signing_key(where: Tenant, kid: str, *, now: datetime) -> PyJWK | None:
    """The tenant's key `kid`; None when it has none.

    Keys rotate without notice: an unknown one makes us look once more, not more often.
    Raises Unreachable, EntraError.
    """
    found = _find(_keys(where, now, fresh=False), where, kid)
    return found or _find(_keys(where, now, fresh=True), where, kid)


def keys_published(where: Tenant, *, now: datetime) -> list[dict[str, Any]]:
    """The tenant's signing keys, asked for now. Raises Unreachable, EntraError."""
    return _keys(where, now, fresh=True)


def _find(keys: list[dict[str, Any]], where: Tenant, kid: str) -> PyJWK | None:
    for key in keys:
        if key.get("kid") == kid and _may_sign(key, where):
            return _read(key)
    return None


def _read(key: dict[str, Any]) -> PyJWK | None:
    try:
        read = PyJWK(key, algorithm="RS256")
    except PyJWTError:
        return None
    return read if read.key.key_size >= KEY_BITS else None


def _may_sign(key: dict[str, Any], where: Tenant) -> bool:
    """Keys that are shared between tenants name whose tokens they sign."""
    issuer = str(key.get("issuer", where.issuer)).replace("{tenantid}", where.id)
    return key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and issuer == where.issuer


def _keys(where: Tenant, now: datetime, *, fresh: bool) -> list[dict[str, Any]]:
    url = str(_discovery(where, now)["jwks_uri"])
    keys = _published(where, url, now, fresh=fresh).get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _discovery(where: Tenant, now: datetime) -> dict[str, Any]:
    """Its keys must lie where the configuration says that this tenant signs people in."""
    url = f"{where.issuer}/.well-known/openid-configuration"
    found = _published(where, url, now, fresh=False)
    own = str(found.get("jwks_uri")).startswith(f"{where.login_url}/")
    if found.get("issuer") != where.issuer or not own:
        Kept.objects.filter(name=url).delete()
        raise EntraError(
            f"{url} speaks for another tenant or host. Check ENTRA_TENANT_ID (the identifier, not "
            "the domain) and ENTRA_CLOUD."
        )
    return found


def _published(where: Tenant, url: str, now: datetime, *, fresh: bool) -> dict[str, Any]:
    kept = None if fresh else Kept.objects.content(url, now=now)
    if kept is None:
        kept = _get(where, url)
        Kept.objects.put(url, kept, expires_at=now + KEPT)
    return dict(json.loads(kept))


def _get(where: Tenant, url: str) -> bytes:
    unreachable = Unreachable(
        f"{url} cannot be read. Check the network, ENTRA_PROXY and ENTRA_CA_FILE.",
        maybe_done=False,
    )
    try:
        with Line(where) as line:
            answer = line.get(url)
            if not answer.ok or answer.is_redirect or not isinstance(answer.json(), dict):
                raise unreachable
            return answer.content
    except (requests.RequestException, ValueError) as error:
        raise unreachable from error
