"""Users who come by Microsoft: known by object id and tenant, in the role that Entra gives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.entra import refusals
from accounts.entra.refusals import SignInRefused
from accounts.signin.models import Role, User
from accounts.signin.services import user_sessions_end
from ledger import journal

ACTOR = "entra"
# App roles as the app registration names them; whoever has several gets the first.
ROLES = {
    "Optrail.Admin": Role.ADMIN,
    "Optrail.Officer": Role.OFFICER,
    "Optrail.Auditor": Role.AUDITOR,
}
_RANKS = tuple(ROLES.values())
# RFC 2606: no mail ever arrives there.
_NOWHERE = "users.deactivated.invalid"

Claims = Mapping[str, Any]


@transaction.atomic
def user_from_entra(*, claims: Claims, now: datetime) -> User:
    """The user whom checked `claims` speak of, new or as known, in today's role.

    Raises SignInRefused without an app role, when deactivated here, or when their address is
    another user's.
    """
    role = app_role(claims)
    user = _known(claims)
    if role is None:
        raise SignInRefused(refusals.NO_ROLE)
    if user is None:
        return _create(claims, role, now)
    if not user.is_active:
        raise SignInRefused(refusals.DEACTIVATED)
    _follow(user, claims, role, now)
    return user


@transaction.atomic
def user_connect(*, user: User, claims: Claims, now: datetime) -> User:
    """From now on `user`, who is signed in, signs in with the account of `claims` alone.

    Raises SignInRefused without an app role, when the account is another user's, or when `user`
    is not active or has an account already.
    """
    role, known = app_role(claims), _known(claims)
    user = User.objects.select_for_update().get(pk=user.pk)
    if known and known != user:
        raise SignInRefused(refusals.CONNECTED_ALREADY)
    if role is None:
        raise SignInRefused(refusals.NO_ROLE)
    if not user.is_active or user.is_emergency or (user.by_entra and known != user):
        raise SignInRefused(refusals.DEACTIVATED)
    user.entra_tid, user.entra_oid = claims["tid"], claims["oid"]
    user.set_unusable_password()
    user.save(update_fields=["entra_tid", "entra_oid", "password"])
    user.sign_in_links.all().delete()
    journal.append("user.entra_connected", actor=user.ref, subject=user.ref, now=now)
    _follow(user, claims, role, now)
    return user


@transaction.atomic
def role_lower(*, user: User, role: Role, now: datetime) -> None:
    """What Entra has taken away ends with the next request; what it gives waits for a sign-in.

    So a role that was taken away here alone is not given back within minutes.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if _RANKS.index(role) > _RANKS.index(Role(user.role)):
        before, user.role = user.role, role
        user.save(update_fields=["role"])
        _role_note(user, before, now)


@transaction.atomic
def sessions_end_without_role(claims: Claims, *, now: datetime) -> None:
    """Whoever has lost every role and tries to come in has no business in an open session."""
    user = _known(claims)
    if user and app_role(claims) is None:
        user_sessions_end(user=user, reason="no_role", now=now)


def app_role(claims: Claims) -> Role | None:
    """The role in the claim `roles`; groups, scopes and directory roles give none."""
    given = claims.get("roles")
    held = given if isinstance(given, list) else []
    return next((role for name, role in ROLES.items() if name in held), None)


def _known(claims: Claims) -> User | None:
    locked = User.objects.select_for_update()
    return locked.filter(entra_tid=claims["tid"], entra_oid=claims["oid"]).first()


def _create(claims: Claims, role: Role, now: datetime) -> User:
    user = User(
        email=_address(claims),
        name=_name(claims),
        role=role,
        entra_tid=claims["tid"],
        entra_oid=claims["oid"],
    )
    user.set_unusable_password()
    _address_take(user.email)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if twice := _known(claims):  # the same person, from another window at the same moment
            return twice
        raise SignInRefused(refusals.ADDRESS_TAKEN) from error
    personal = {"email": user.email, **({"name": user.name} if user.name else {})}
    data = {"role": role.value, "way": "entra", **journal.commit_values(user.ref, personal)}
    journal.append("user.created", actor=ACTOR, subject=user.ref, now=now, data=data)
    return user


def _address_take(address: str) -> None:
    """Whoever an administrator has deactivated stands in nobody's way: the address is free again.

    What they were called stays in the ledger, and their name on the page Users.
    """
    holder = User.objects.select_for_update().filter(email=address, is_active=False).first()
    if holder:
        holder.email = f"{holder.ref.replace(':', '-')}@{_NOWHERE}"
        holder.save(update_fields=["email"])


def _follow(user: User, claims: Claims, role: Role, now: datetime) -> None:
    """Names and addresses change in Entra; roles too, and then that is an event."""
    before, user.role, user.name = user.role, role, _name(claims) or user.name
    address = _address(claims)
    if not User.objects.filter(email=address).exclude(pk=user.pk).exists():
        user.email = address
    user.save(update_fields=["role", "name", "email"])
    if before != role:
        _role_note(user, before, now)


def _role_note(user: User, before: str, now: datetime) -> None:
    data = {"from": before, "to": Role(user.role).value}
    journal.append("user.role_changed", actor=ACTOR, subject=user.ref, now=now, data=data)


def _address(claims: Claims) -> str:
    """Where mails go, for display and notices only: it never says who somebody is."""
    for name in ("email", "preferred_username"):
        address = str(claims.get(name) or "").strip().lower()
        try:
            validate_email(address)
        except ValidationError:
            continue
        if len(address) <= 254:  # noqa: PLR2004 - RFC 5321's longest path
            return address
    raise SignInRefused(refusals.INCOMPLETE, "no address")


def _name(claims: Claims) -> str:
    return " ".join(str(claims.get("name") or "").split())[:150]
