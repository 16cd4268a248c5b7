"""When a session ends: after some time without a click, and after a day's work in any case."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

BEGAN, SEEN = "began_at", "seen_at"
# A click is written down at most so often: looking at pages should not write to the database.
GRAIN = timedelta(minutes=5)


@receiver(user_logged_in)
def session_clock_start(request: HttpRequest, **_signal: Any) -> None:
    """Every session knows when it began, whatever the way in."""
    request.session[BEGAN] = request.session[SEEN] = timezone.now().isoformat()


class SessionClockMiddleware:
    """Forgets who asks once their session is over; runs after AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            self._look(request, timezone.now())
        return self.get_response(request)

    def _look(self, request: HttpRequest, now: datetime) -> None:
        began, seen = _time(request.session, BEGAN), _time(request.session, SEEN)
        if began is None or seen is None or _is_over(began, seen, now):
            request.user = AnonymousUser()
        elif now - seen >= GRAIN:
            request.session[SEEN] = now.isoformat()


def _is_over(began: datetime, seen: datetime, now: datetime) -> bool:
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return now - began >= longest or now - seen >= settings.SESSION_IDLE_AGE


def _time(session: SessionBase, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(session[name])
    except (KeyError, TypeError, ValueError):
        return None
