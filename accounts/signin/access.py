"""Who may see a page: every view says so, and a view that does not is refused to everyone."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.signin.models import User

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

EVERYONE = "everyone"


def roles(*allowed: str) -> Callable[[View], View]:
    """Only signed-in users in one of the roles `allowed` see the view."""

    def mark(view: View) -> View:
        view.allowed_roles = frozenset(allowed)  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Anyone sees the view without signing in: it guards itself, or has nothing to guard."""
    view.allowed_roles = frozenset({EVERYONE})  # type: ignore[attr-defined]
    return login_not_required(view)


def signed_in(request: HttpRequest) -> User:
    """The user behind a request to a view that names roles. Raises PermissionDenied without one."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class AccessMiddleware:
    """Refuses a view to whoever it is not for; runs after LoginRequiredMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> None:
        """Raises PermissionDenied unless the view names everyone or the user's role."""
        allowed: frozenset[str] = getattr(view, "allowed_roles", frozenset())
        if EVERYONE in allowed or getattr(request.user, "role", None) in allowed:
            return
        raise PermissionDenied
