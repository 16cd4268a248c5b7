"""Sessions: who is let in, and out again; each is an event of the ledger."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest

from accounts.signin import throttle
from accounts.signin.emergency import emergency_account_note
from accounts.signin.models import User
from accounts.signin.refusals import refusal_record, throttled_record
from accounts.signin.services import sign_in_link_use
from ledger import journal

# In the session of whoever came by a link: they may set a password without naming the old one.
BY_LINK = "signed_in_by_link"
# In the session of whoever came by Microsoft: they may want to leave there too.
BY_ENTRA = "signed_in_by_entra"


def sign_in_by_password(
    request: HttpRequest, *, email: str, password: str, now: datetime
) -> User | None:
    """Sign in; None when address and password do not belong together (which one, nobody learns).

    Raises ThrottledError after too many tries for the address or from the network.
    """
    with throttled_record(now=now):
        tries = throttle.network_try(request, now=now)
        throttle.address_try(email, now=now)
    user = authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(user, User) or not (settings.LOCAL_SIGN_IN or user.is_emergency):
        refusal_record(email, way="password", tries=tries, now=now)
        return None
    throttle.address_forget(email)
    with transaction.atomic():
        if user.is_emergency:
            emergency_account_note(user, now=now)
        session_begin(request, user, way="password", now=now)
    return user


def sign_in_by_link(request: HttpRequest, *, secret: str, now: datetime) -> User | None:
    """Sign in with a one-time link and use it up; None when it signs in nobody.

    While local sign-in is off no link does.

    Raises ThrottledError after too many tries from the network.
    """
    with throttled_record(now=now):
        tries = throttle.network_try(request, now=now)
    with transaction.atomic():
        user = sign_in_link_use(secret=secret, now=now) if settings.LOCAL_SIGN_IN else None
        if user:
            session_begin(request, user, way="link", now=now)
        else:
            refusal_record("", way="link", tries=tries, now=now)
    return user


def sign_in_as_first(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Sign in the administrator who was created in this very request."""
    with transaction.atomic():
        session_begin(request, user, way="link", now=now)


def sign_out(request: HttpRequest, *, now: datetime) -> None:
    """End the session, if there is one."""
    user = request.user
    if not isinstance(user, User):
        return
    with transaction.atomic():
        logout(request)
        journal.append("user.signed_out", actor=user.ref, subject=user.ref, now=now)


def session_begin(request: HttpRequest, user: User, *, way: str, now: datetime) -> None:
    """A session of its own for `user`, who came by `way`; belongs into a transaction.

    What the browser had before is gone: a session that was planted there is worth nothing.
    """
    request.session.clear_expired()  # whoever comes in sweeps out what lies there
    request.session.flush()
    login(request, user)
    request.session[BY_LINK] = way == "link"
    request.session[BY_ENTRA] = way == "entra"
    journal.append("user.signed_in", actor=user.ref, subject=user.ref, now=now, data={"way": way})
