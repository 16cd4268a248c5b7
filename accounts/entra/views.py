"""The pages of signing in and out with Microsoft."""

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.entra import refusals
from accounts.entra.config import connected, tenant
from accounts.entra.leaving import lead_to_microsoft, prompt_wished, secret_forget, secret_of
from accounts.entra.refusals import SignInRefused
from accounts.entra.sessions import sign_in_by_entra, single_sign_out
from accounts.entra.signin import Finished, sign_in_begin, sign_in_finish
from accounts.entra.visitors import Visitor, visitor_receive
from accounts.signin import throttle
from accounts.signin.access import public, roles, signed_in
from accounts.signin.views import own_next, throttled_page

log = structlog.get_logger(__name__)


@public
@require_POST
def microsoft_begin(request: HttpRequest) -> HttpResponse:
    """Leads to the tenant's sign-in page."""
    now = timezone.now()
    try:
        throttle.network_try(request, now=now)
    except throttle.ThrottledError as error:
        return throttled_page(request, error, now)
    return _lead(request, connect="")


@roles("admin", "officer", "auditor")
@require_POST
def microsoft_connect(request: HttpRequest) -> HttpResponse:
    """Leads there too, so that who is signed in here comes back with their Microsoft account."""
    return _lead(request, connect=str(signed_in(request).pk))


@public
@csrf_exempt  # Microsoft's page posts here; `state` and the cookie show whose sign-in it is
@require_POST
def microsoft_back(request: HttpRequest) -> HttpResponse:
    """Where the tenant sends the browser back to."""
    now = timezone.now()
    try:
        finished = sign_in_finish(secret=secret_of(request), answer=request.POST.dict(), now=now)
        response = _enter(request, finished, now)
    except SignInRefused as refused:
        response = _turned_away(request, refused, now)
    secret_forget(response)
    return response


def _enter(request: HttpRequest, finished: Finished, now: datetime) -> HttpResponse:
    """A session for a user, or whatever somebody wanted who becomes none. Raises SignInRefused."""
    if finished.visit:
        return visitor_receive(request, Visitor(finished.visit, claims=finished.claims), now)
    try:
        sign_in_by_entra(request, finished, now=now)
    except SignInRefused as refused:
        refused.onward = finished.onward
        raise
    return redirect(finished.onward or settings.LOGIN_REDIRECT_URL)


@public
@require_safe
def microsoft_signed_out(request: HttpRequest) -> HttpResponse:
    """The tenant's word, in a hidden frame, that one of its sessions has ended: ours ends too.

    The one GET that changes something: OpenID Connect Front-Channel Logout 1.0 leaves no other
    way. Whoever knows the session's random identifier can end that session, and do nothing else.
    """
    issuer = request.GET.get("iss")
    # Entra sends no issuer; who sends one sends the right one.
    if connected() and (issuer is None or issuer == tenant().issuer):
        single_sign_out(sid=request.GET.get("sid", ""), now=timezone.now())
    return HttpResponse(status=200)


@public
@require_safe
def microsoft_left(request: HttpRequest) -> HttpResponse:
    """After signing out here: how to sign out at Microsoft as well."""
    query = urlencode({"post_logout_redirect_uri": after_url()})
    context = {"there": f"{tenant().sign_out_url}?{query}" if connected() else ""}
    return render(request, "accounts/entra/left.html", context)


def _lead(request: HttpRequest, *, connect: str) -> HttpResponse:
    onward, prompt = own_next(request), prompt_wished(request)
    try:
        begun = sign_in_begin(onward=onward, connect=connect, prompt=prompt, now=timezone.now())
    except SignInRefused as refused:
        return _refused(request, refused)
    return lead_to_microsoft(begun)


def _turned_away(request: HttpRequest, refused: SignInRefused, now: datetime) -> HttpResponse:
    if not refused.visit:
        return _refused(request, refused)
    log.warning("entra_visit_refused", reason=refused.reason.code, detail=refused.detail)
    return visitor_receive(request, Visitor(refused.visit, refused=refused.reason), now)


def _refused(request: HttpRequest, refused: SignInRefused) -> HttpResponse:
    log.warning("entra_sign_in_refused", reason=refused.reason.code, detail=refused.detail)
    status = 503 if refused.reason == refusals.UNREACHABLE else 403
    context: dict[str, Any] = {"reason": refused.reason, "next": refused.onward}
    return render(request, "accounts/entra/refused.html", context, status=status)


def after_url() -> str:
    """Where people come back to from the tenant's sign-out; the app registration must know it."""
    return settings.PUBLIC_URL + reverse("sign_in")
