"""Sessions: who is let in, and out again; each is an event of the ledger."""

from datetime import datetime

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest

from accounts.signin import throttle
from accounts.signin.models import User
from accounts.signin.services import sign_in_link_use
from ledger import journal

# In the session of whoever came by a link: they may set a password without naming the old one.
BY_LINK = "signed_in_by_link"


def sign_in_by_password(
    request: HttpRequest, *, email: str, password: str, now: datetime
) -> User | None:
    """Sign in; None when address and password do not belong together (which one, nobody learns).

    Raises ThrottledError after too many tries for the address or from the network.
    """
    throttle.network_try(request, now=now)
    throttle.address_try(email, now=now)
    user = authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(user, User):
        return None
    throttle.address_forget(email)
    with transaction.atomic():
        _begin(request, user, way="password", now=now)
    return user


def sign_in_by_link(request: HttpRequest, *, secret: str, now: datetime) -> User | None:
    """Sign in with a one-time link and use it up; None when it signs in nobody.

    Raises ThrottledError after too many tries from the network.
    """
    throttle.network_try(request, now=now)
    with transaction.atomic():
        user = sign_in_link_use(secret=secret, now=now)
        if user:
            _begin(request, user, way="link", now=now)
    return user


def sign_in_as_first(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Sign in the administrator who was created in this very request."""
    with transaction.atomic():
        _begin(request, user, way="link", now=now)


def sign_out(request: HttpRequest, *, now: datetime) -> None:
    """End the session, if there is one."""
    user = request.user
    if not isinstance(user, User):
        return
    with transaction.atomic():
        logout(request)
        journal.append("user.signed_out", actor=user.ref, subject=user.ref, now=now)


def _begin(request: HttpRequest, user: User, *, way: str, now: datetime) -> None:
    """Django's login gives the session a new key: one that was planted before is worth nothing."""
    request.session.clear_expired()  # whoever comes in sweeps out what lies there
    login(request, user)
    request.session[BY_LINK] = way == "link"
    journal.append("user.signed_in", actor=user.ref, subject=user.ref, now=now, data={"way": way})
