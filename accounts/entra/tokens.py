"""Tokens of the application itself: asked for once, shared by all workers, sealed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
import requests
import structlog
from django.utils import timezone
from msal import ConfidentialClientApplication
from msal.exceptions import MsalError

from accounts.entra.config import Credential, Tenant, tenant
from accounts.entra.errors import CredentialFaulty, CredentialRefused, EntraError, Unreachable
from accounts.entra.http import Line
from accounts.entra.models import Kept

# A token in hand must outlive the request that it goes with.
RESERVE = timedelta(minutes=5)
# AADSTS codes that stand behind these mean: not this credential. Others are asked for the next.
_OTHER_CREDENTIAL = {"invalid_client", "unauthorized_client"}
# Too busy, or failing: nothing is wrong with the credential.
_NOT_NOW = {"temporarily_unavailable", "server_error"}
log = structlog.get_logger(__name__)


def app_token(scope: str) -> str:
    """An access token of the application for `scope` (`tenant().graph_scope`, …).

    Valid for at least five minutes more. Raises NotConnected, CredentialRefused, Unreachable.
    """
    where, now = tenant(), timezone.now()
    kept = Kept.objects.content(_name(where, scope), now=now)
    return kept.decode() if kept else _fetched(where, scope, now)


def app_token_forget(scope: str) -> None:
    """The token for `scope` was refused: the next caller gets a new one."""
    where = tenant()
    Kept.objects.filter(name=_name(where, scope)).delete()


def with_credentials(
    where: Tenant, ask: Callable[[ConfidentialClientApplication], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """`ask` MSAL with the newest credential, and with the one before when that is refused.

    Returns MSAL's answer, which may hold an `error` that another credential would not change.
    Raises CredentialRefused when the tenant takes none, CredentialFaulty when none can be read,
    Unreachable without an answer.
    """
    answer: Mapping[str, Any] = {}
    faults: list[CredentialFaulty] = []
    for credential in where.credentials:
        try:
            answer = _asked(where, credential, ask)
        except CredentialFaulty as fault:
            faults.append(fault)
            log.warning("entra_credential_faulty", name=credential.name, reason=str(fault))
            continue
        if answer.get("error") not in _OTHER_CREDENTIAL:
            return answer
        log.warning("entra_credential_refused", name=credential.name, code=error_code(answer))
    if not answer:
        raise faults[0]
    raise CredentialRefused(_words(where, answer), code=error_code(answer))


def credential_answer(where: Tenant, credential: Credential, scope: str) -> Mapping[str, Any]:
    """What the tenant answers to one credential, asked now: for the check. Raises Unreachable."""
    return _asked(where, credential, lambda app: app.acquire_token_for_client([scope]))


def roles_of(token: str) -> set[str]:
    """The permissions in a token of the application: for words alone, it is Microsoft's to read."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return set()
    return {str(role) for role in claims.get("roles") or []}


def error_code(answer: Mapping[str, Any]) -> str:
    """Microsoft's own code for an error (AADSTS7000215), else OAuth's name of it."""
    codes = answer.get("error_codes") or []
    return f"AADSTS{codes[0]}" if codes else str(answer.get("error", ""))


def _fetched(where: Tenant, scope: str, now: datetime) -> str:
    answer = with_credentials(where, lambda app: app.acquire_token_for_client([scope]))
    if "access_token" not in answer:
        raise CredentialRefused(_words(where, answer), code=error_code(answer))
    token = str(answer["access_token"])
    expires = now + timedelta(seconds=int(answer["expires_in"])) - RESERVE
    Kept.objects.put(_name(where, scope), token.encode(), expires_at=expires)
    return token


def _asked(
    where: Tenant,
    credential: Credential,
    ask: Callable[[ConfidentialClientApplication], Mapping[str, Any]],
) -> Mapping[str, Any]:
    unreachable = Unreachable(
        f"{where.login_url} cannot be reached, or fails. Check the network, ENTRA_PROXY and "
        "ENTRA_CA_FILE, then try again.",
        maybe_done=False,
    )
    try:
        answer = ask(_application(where, credential))
    except (requests.RequestException, MsalError, ValueError, RuntimeError) as error:
        raise unreachable from error  # the last two: an answer that is no JSON, or leads elsewhere
    if answer.get("error") in _NOT_NOW:
        raise unreachable
    return answer


def _application(where: Tenant, credential: Credential) -> ConfidentialClientApplication:
    """MSAL for one request: it keeps nothing, neither tokens (we do, for all workers) nor its
    signed assertion, which shows once who we are and is never shown again.

    Raises EntraError for a tenant that nobody knows, CredentialFaulty.
    """
    shown = credential.for_msal()
    try:
        return ConfidentialClientApplication(
            where.client_id,
            authority=where.authority,
            client_credential=shown,
            # The authority is pinned by the configuration: nobody is asked whether it exists.
            instance_discovery=False,
            http_client=Line(where),
            # Nobody's refresh token is wanted: a session here is a session here.
            exclude_scopes=["offline_access"],
        )
    except ValueError as error:
        raise EntraError(
            f"{where.login_url} does not know the tenant {where.id}. Compare ENTRA_TENANT_ID and "
            "ENTRA_CLOUD with the overview of the tenant."
        ) from error


def _words(where: Tenant, answer: Mapping[str, Any]) -> str:
    tried = " and ".join(credential.name for credential in where.credentials)
    return (
        f"The tenant {where.id} gives the application {where.client_id} no token "
        f"({error_code(answer)}). Tried: {tried}. Compare with the app registration's page "
        "Certificates & secrets: is it there, and not expired?"
    )


def _name(where: Tenant, scope: str) -> str:
    who = json.dumps([where.authority, where.client_id, scope])
    return f"token:{hashlib.sha256(who.encode()).hexdigest()}"
