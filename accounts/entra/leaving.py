"""The way to Microsoft's sign-in page, and the cookie that must come back from there."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.entra.signin import FLOW_AGE, Begun

SELECT_ACCOUNT = "select_account"


def prompt_wished(request: HttpRequest) -> str | None:
    """Whether the form's button asks for another account than the one that Microsoft remembers."""
    return SELECT_ACCOUNT if "another" in request.POST else None


def lead_to_microsoft(begun: Begun) -> HttpResponseRedirect:
    """Off to the tenant's page, with the secret of the sign-in in a cookie."""
    response = HttpResponseRedirect(begun.url)
    # The way back is a POST from Microsoft's page: a Lax cookie would stay at home.
    response.set_cookie(
        _name(), begun.secret, max_age=FLOW_AGE, secure=True, httponly=True, samesite="None"
    )
    return response


def secret_of(request: HttpRequest) -> str:
    """What a browser brings back; '' for one that never left from here."""
    return request.COOKIES.get(_name(), "")


def secret_forget(response: HttpResponse) -> None:
    """A sign-in is finished once."""
    response.delete_cookie(_name(), samesite="None")


def _name() -> str:
    return "__Host-optrail-flow" if settings.HTTPS else "optrail-flow"
