"""Sessions that begin, and end, with Microsoft."""

from datetime import datetime

from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.entra import refusals
from accounts.entra.models import OpenSignIn
from accounts.entra.people import sessions_end_without_role, user_connect, user_from_entra
from accounts.entra.refusals import SignInRefused
from accounts.entra.signin import Finished
from accounts.signin.models import User
from accounts.signin.sessions import session_begin
from ledger import journal


def sign_in_by_entra(request: HttpRequest, finished: Finished, *, now: datetime) -> User:
    """A session for whom Microsoft signed in. Raises SignInRefused."""
    try:
        with transaction.atomic():
            user = _user(finished, now)
            session_begin(request, user, way="entra", now=now)
            OpenSignIn.objects.create(
                session_key=request.session.session_key or "",
                user=user,
                sid=str(finished.claims.get("sid", ""))[:128],
                began_at=now,
                checked_at=now,
            )
    except SignInRefused as refused:
        if refused.reason == refusals.NO_ROLE:
            sessions_end_without_role(finished.claims, now=now)
        raise
    return user


@transaction.atomic
def single_sign_out(*, sid: str, now: datetime) -> int:
    """End the sessions that belong to the tenant's session `sid`; returns how many did."""
    if not sid:
        return 0
    found = list(OpenSignIn.objects.select_for_update().filter(sid=sid).select_related("user"))
    Session.objects.filter(session_key__in=[row.session_key for row in found]).delete()
    OpenSignIn.objects.filter(sid=sid).delete()
    if found:
        data = {"way": "single_sign_out"}
        refs = sorted({row.user.ref for row in found})
        journal.append_all(
            [journal.Entry("user.signed_out", actor=ref, subject=ref, data=data) for ref in refs],
            now=now,
        )
    return len(found)


@receiver(user_logged_out)
def open_sign_in_forget(request: HttpRequest, **_signal: object) -> None:
    """Whoever has left needs no second look."""
    OpenSignIn.objects.filter(session_key=request.session.session_key or "").delete()


def _user(finished: Finished, now: datetime) -> User:
    if not finished.connect:
        return user_from_entra(claims=finished.claims, now=now)
    user = User.objects.filter(pk=finished.connect).first()
    if user is None:
        raise SignInRefused(refusals.STALE, "connect")
    return user_connect(user=user, claims=finished.claims, now=now)
