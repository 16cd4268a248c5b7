"""The pages of sign-in: password, one-time link, one's own password, sign-out."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signin.access import public, roles, signed_in
from accounts.signin.forms import PasswordForm, SignInForm
from accounts.signin.models import User
from accounts.signin.services import sign_in_link_works, user_set_password
from accounts.signin.sessions import (
    BY_ENTRA,
    BY_LINK,
    sign_in_by_link,
    sign_in_by_password,
    sign_out,
)
from accounts.signin.throttle import ThrottledError

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@public
@get_or_post
@sensitive_post_parameters("password")
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Address and password; one sentence for everything that does not fit."""
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            if sign_in_by_password(request, **form.cleaned_data, now=now):
                return _onward(request)
        except ThrottledError as error:
            return throttled_page(request, error, now)
        form.add_error(None, "Address and password do not belong together. Check both.")
    context = {
        "form": form,
        "next": own_next(request),
        "with_microsoft": bool(settings.ENTRA),
        "with_password": settings.LOCAL_SIGN_IN,
    }
    return render(request, "accounts/signin/sign_in.html", context)


@public
@get_or_post
def sign_in_link_page(request: HttpRequest, secret: str) -> HttpResponse:
    """One button: programs that fetch the links of mails and chats do not use the link up."""
    now = timezone.now()
    if request.method == "POST":
        try:
            user = sign_in_by_link(request, secret=secret, now=now)
        except ThrottledError as error:
            return throttled_page(request, error, now)
        if user:
            messages.success(request, _welcome(user))
            return redirect("home")
    works = request.method != "POST" and sign_in_link_works(secret=secret, now=now)
    return render(
        request, "accounts/signin/link.html", {"works": works}, status=200 if works else 404
    )


@public
@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    by_entra = request.session.get(BY_ENTRA, False)
    sign_out(request, now=timezone.now())
    return redirect("microsoft_left" if by_entra else "sign_in")


@roles("admin", "officer", "auditor")
@get_or_post
@sensitive_post_parameters()
def password_page(request: HttpRequest) -> HttpResponse:
    """Sets or changes one's own password, or connects one's Microsoft account instead."""
    user = signed_in(request)
    if user.by_entra or user.is_emergency:
        return render(request, "accounts/signin/no_password.html")
    ask_old = user.has_usable_password() and not request.session.get(BY_LINK, False)
    form = PasswordForm(user, request.POST or None, ask_old=ask_old)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["new_password1"]
        update_session_auth_hash(
            request, user_set_password(user=user, password=password, now=timezone.now())
        )
        messages.success(request, "Your password is set. Other sessions of yours have ended.")
        return redirect("password")
    context = {"form": form, "with_microsoft": bool(settings.ENTRA)}
    return render(request, "accounts/signin/password.html", context)


def _welcome(user: User) -> str:
    if user.has_usable_password():
        return "You are signed in. The link is used up."
    return (
        "You are signed in. The link is used up: "
        "to come back without a new one, choose your name and set a password."
    )


def _onward(request: HttpRequest) -> HttpResponseRedirect:
    return redirect(own_next(request) or settings.LOGIN_REDIRECT_URL)


def own_next(request: HttpRequest) -> str:
    """Where the reader wanted to go, when that is a page of ours; anything else is dropped."""
    target = request.POST.get("next") or request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if own else ""


def throttled_page(request: HttpRequest, error: ThrottledError, now: datetime) -> HttpResponse:
    """When the next try is heard."""
    wait = max(1, int((error.until - now).total_seconds()))
    context = {"until": error.until}
    response = render(request, "accounts/signin/throttled.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
