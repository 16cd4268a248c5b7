"""Another look at whoever is signed in: who was disabled, or lost every role, is out in minutes."""

from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min

from accounts.entra.errors import EntraError, Refused
from accounts.entra.graph import GraphClient, graph_session
from accounts.entra.held_roles import AppRoles, app_roles, roles_held
from accounts.entra.models import Kept, OpenSignIn
from accounts.entra.people import app_role, role_lower
from accounts.signin.models import Role, User
from accounts.signin.services import user_sessions_end

IN_ORDER, UNCLEAR = "in_order", "unclear"
_NOT_FOUND = 404
# Said of us, not of one person: no token, no permission.
_EVERYBODY = {401, 403}
log = structlog.get_logger(__name__)


def accounts_recheck(*, now: datetime) -> Counter[str]:
    """Ask Microsoft about everybody with an open session; returns how many are in which state.

    Stops when Microsoft does not answer: the next run goes on with whoever waits longest, and
    sessions end by their own clock meanwhile.
    """
    Kept.objects.expired(now).delete()
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    OpenSignIn.objects.filter(began_at__lte=now - longest).delete()
    counts: Counter[str] = Counter()
    since = Min("open_sign_ins__checked_at")
    people = list(User.objects.alias(since=since).exclude(since=None).order_by("since", "pk"))
    if not people:
        return counts
    try:
        with closing(graph_session()) as graph:
            roles = app_roles(graph)
            for user in people:
                counts[_look(graph, user, roles, now)] += 1
    except EntraError as error:
        log.warning("entra_recheck_stopped", reason=str(error))
    return counts


def _look(graph: GraphClient, user: User, roles: AppRoles | None, now: datetime) -> str:
    state, role = _state(graph, user, roles)
    if state == IN_ORDER:
        user.open_sign_ins.update(checked_at=now)
        if role:
            role_lower(user=user, role=role, now=now)
    elif state != UNCLEAR:
        with transaction.atomic():
            user.open_sign_ins.all().delete()
            user_sessions_end(user=user, reason=state, now=now)
    return state


def _state(graph: GraphClient, user: User, roles: AppRoles | None) -> tuple[str, Role | None]:
    """In which state the account is, and in which role, where that can be asked."""
    try:
        state = _account(graph, user)
        if state != IN_ORDER or roles is None:
            return state, None
        role = app_role({"roles": roles_held(graph, str(user.entra_oid), roles)})
    except Refused as refused:
        if refused.status == _NOT_FOUND:
            return "account_deleted", None
        if refused.status in _EVERYBODY:
            raise
        log.warning("entra_recheck_unclear", user=user.ref, reason=str(refused))
        return UNCLEAR, None
    return (IN_ORDER, role) if role else ("no_role", None)


def _account(graph: GraphClient, user: User) -> str:
    """A guest is somebody who was a member when they signed in, or whose token did not say."""
    select = {"$select": "id,accountEnabled,userType"}
    found = graph.get(f"/users/{user.entra_oid}", select)
    if found.get("accountEnabled") is not True:
        return "account_disabled"
    return "guest" if found.get("userType") == "Guest" else IN_ORDER
