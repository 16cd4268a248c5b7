"""The page Microsoft: how to connect, how it stands, and the check."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from accounts.entra.checks import check
from accounts.entra.config import CLOUDS, connected, tenant
from accounts.entra.people import ROLES
from accounts.entra.signin import SCOPES, callback_url
from accounts.entra.views import after_url
from accounts.signin.access import roles
from accounts.signin.models import User


@roles("admin")
@require_safe
def microsoft(request: HttpRequest) -> HttpResponse:
    """The walk through the app registration; Microsoft leads back here from the consent too."""
    context = {**_context(), "consent": _consent_said(request)}
    return render(request, "accounts/entra/microsoft.html", context)


def _consent_said(request: HttpRequest) -> str:
    """A refusal says `admin_consent=True` too: that only names the question."""
    if "error" in request.GET:
        return "refused"
    return "given" if request.GET.get("admin_consent", "").lower() == "true" else ""


@roles("admin")
@require_POST
def microsoft_check(request: HttpRequest) -> HttpResponse:
    """Asks Microsoft for each thing, and shows what it said."""
    context = {**_context(), "findings": check(now=timezone.now())}
    return render(request, "accounts/entra/microsoft.html", context)


def _context() -> dict[str, object]:
    given = settings.ENTRA
    cloud = CLOUDS[given.get("cloud", "global")]
    return {
        "section": "users",
        "connected": connected(),
        "entra": given,
        "credentials": [name for name, _ in given.get("credentials", ())],
        "portal": cloud.portal_url,
        "graph_url": given.get("graph_url", cloud.graph_url),
        "callback": callback_url(),
        "front_channel": settings.PUBLIC_URL + reverse("microsoft_signed_out"),
        "after": after_url(),
        "here": _here(),
        "sign_in_scopes": SCOPES,
        "app_roles": [(name, role.label) for name, role in ROLES.items()],
        "consent_url": _consent_url(),
        "mailbox": settings.EMAIL_FROM,
        "by_graph": settings.EMAIL_URL.lower().startswith("graph://"),
        "local_sign_in": settings.LOCAL_SIGN_IN,
        "emergency": User.objects.filter(is_emergency=True).first(),
    }


def _here() -> str:
    return settings.PUBLIC_URL + reverse("microsoft")


def _consent_url() -> str:
    """https://learn.microsoft.com/entra/identity-platform/v2-admin-consent"""
    if not connected():
        return ""
    where = tenant()
    query = {"client_id": where.client_id, "redirect_uri": _here(), "scope": where.graph_scope}
    return f"{where.issuer}/adminconsent?{urlencode(query)}"
