"""Signing in with Microsoft: authorization code with PKCE, begun and finished by one browser."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from msal import ConfidentialClientApplication

from accounts.entra import refusals
from accounts.entra.config import tenant
from accounts.entra.errors import EntraError
from accounts.entra.idtoken import Claims, id_token_claims
from accounts.entra.models import Kept
from accounts.entra.refusals import SignInRefused
from accounts.entra.tokens import error_code, with_credentials

FLOW_AGE = timedelta(minutes=10)
# What people are asked for when they sign in; MSAL adds the first two by itself.
SCOPES = ("openid", "profile", "email")


@dataclass(frozen=True)
class Begun:
    """Where the browser goes now, and the secret that it must bring back in a cookie."""

    url: str
    secret: str


@dataclass(frozen=True)
class Finished:
    """Whom Microsoft signed in, where they wanted to go, and which user wanted to be connected.

    `visit` says for what somebody who becomes no user has signed in; see accounts.entra.visitors.
    """

    claims: Claims
    onward: str
    connect: str
    visit: str = ""


def sign_in_begin(
    *, onward: str, connect: str, prompt: str | None, now: datetime, visit: str = ""
) -> Begun:
    """Begin; `connect` is the id of a signed-in user, `prompt` as OpenID Connect has it.

    `visit` (`kind:…`) is for who shows who they are and becomes no user.

    Raises SignInRefused when Microsoft cannot be asked.
    """
    try:
        flow = dict(with_credentials(tenant(), partial(_flow, prompt=prompt)))
    except EntraError as error:
        raise SignInRefused(refusals.UNREACHABLE, str(error)) from error
    secret = secrets.token_urlsafe(32)
    begun = {"flow": flow, "onward": onward, "connect": connect, "visit": visit}
    kept = json.dumps(begun).encode()
    Kept.objects.expired(now).delete()
    Kept.objects.put(_place(secret), kept, expires_at=now + FLOW_AGE)
    return Begun(flow["auth_uri"], secret)


def _flow(app: ConfidentialClientApplication, *, prompt: str | None) -> Mapping[str, Any]:
    """MSAL's state, nonce and verifier, and the address; nothing is asked of the tenant yet."""
    flow: Mapping[str, Any] = app.initiate_auth_code_flow(
        [SCOPES[-1]], redirect_uri=callback_url(), prompt=prompt, response_mode="form_post"
    )
    return flow


def sign_in_finish(*, secret: str, answer: Mapping[str, str], now: datetime) -> Finished:
    """Finish what the browser with `secret` began, once, with what Microsoft had it post.

    Raises SignInRefused, which names `visit` and `onward` as well.
    """
    begun = _take(secret, now)
    visit, onward = str(begun.get("visit", "")), str(begun["onward"])
    try:
        claims = _claims(begun["flow"], answer, now)
    except SignInRefused as refused:
        refused.visit, refused.onward = visit, onward
        raise
    return Finished(claims, onward, begun["connect"], visit)


def _claims(flow: dict[str, Any], answer: Mapping[str, str], now: datetime) -> Claims:
    """What Microsoft says about whoever signed in. Raises SignInRefused."""
    state = str(answer.get("state", ""))
    if not hmac.compare_digest(state.encode(), flow["state"].encode()):
        raise SignInRefused(refusals.STALE, "state")
    if "error" in answer or "code" not in answer:
        raise SignInRefused(refusals.DECLINED, str(answer.get("error", ""))[:50])
    try:
        token = _redeemed(flow, {"code": answer["code"], "state": state})
        return id_token_claims(token, tenant(), nonce=flow["nonce"], now=now)
    except EntraError as error:
        raise SignInRefused(refusals.UNREACHABLE, str(error)) from error


def callback_url() -> str:
    """The redirect URI, as the app registration must know it."""
    return settings.PUBLIC_URL + reverse("microsoft_back")


def _take(secret: str, now: datetime) -> dict[str, Any]:
    """What was begun, for the first who asks: of two with the same secret one deletes the row."""
    place = _place(secret)
    with transaction.atomic():
        content = Kept.objects.content(place, now=now)
        gone, _ = Kept.objects.filter(name=place).delete()
    if not content or not gone:
        raise SignInRefused(refusals.STALE, "flow")
    return dict(json.loads(content))


def _redeemed(flow: dict[str, Any], answer: dict[str, str]) -> object:
    """The ID token for the code; MSAL brings PKCE's verifier."""

    def redeem(app: ConfidentialClientApplication) -> Mapping[str, Any]:
        try:
            # MSAL takes the flow apart: each try gets its own.
            found: Mapping[str, Any] = app.acquire_token_by_auth_code_flow(dict(flow), answer)
        except RuntimeError as error:
            raise SignInRefused(refusals.NONCE) from error
        except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
            raise SignInRefused(refusals.UNREADABLE) from error
        return found

    result = with_credentials(tenant(), redeem)
    if "error" in result:
        raise SignInRefused(refusals.DECLINED, error_code(result))
    return result.get("id_token")


def _place(secret: str) -> str:
    """Only the hash of a browser's secret is kept."""
    return f"flow:{hashlib.sha256(secret.encode()).hexdigest()}"
