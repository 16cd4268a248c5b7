"""Users: who is made, moved to another role, sent away and let in again."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.signin.models import Role, SignInLink, User
from ledger import journal
from ledger.commands import Refusal

SECRET_BYTES = 32


def actor(user: User | None) -> str:
    """How the ledger names who acts; None is whoever works at the machine itself."""
    return user.ref if user else "command"


@transaction.atomic
def user_create(*, email: str, role: str, by: User | None, now: datetime, name: str = "") -> User:
    """A new user without a password: a sign-in link lets them in.

    Raises Refusal for an address that cannot be one or is taken, and for an unknown role.
    """
    user = User(email=_address(email), name=name.strip(), role=_role(role))
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal(f"{user.email} is a user already. Change them on the page Users.") from error
    personal = {"email": user.email, **({"name": user.name} if user.name else {})}
    data = {"role": user.role, **journal.commit_values(user.ref, personal)}
    journal.append("user.created", actor=actor(by), subject=user.ref, now=now, data=data)
    return user


@transaction.atomic
def first_admin_create(*, email: str, name: str, now: datetime) -> User:
    """The administrator of an installation that has no user yet. Raises Refusal when it has one."""
    user = user_create(email=email, name=name, role=Role.ADMIN, by=None, now=now)
    # The event before has locked the ledger's head: of two first administrators the second sees
    # the other one here.
    if User.objects.exclude(pk=user.pk).exists():
        raise Refusal("Optrail has users already. Sign in, or ask an administrator for a link.")
    return user


@transaction.atomic
def user_change_role(*, user: User, role: str, by: User | None, now: datetime) -> User:
    """Give `user` another role, from their next click on.

    Raises Refusal for the last administrator.
    """
    user = _locked(user)
    before, user.role = user.role, _role(role)
    if user.role == before:
        return user
    user.save(update_fields=["role"])
    data = {"from": before, "to": user.role}
    journal.append("user.role_changed", actor=actor(by), subject=user.ref, now=now, data=data)
    if before == Role.ADMIN:
        _refuse_without_admin()
    return user


@transaction.atomic
def user_deactivate(*, user: User, by: User | None, now: datetime) -> User:
    """Keep `user` out from their next click on: sessions, links and password all end.

    Raises Refusal for the last administrator.
    """
    user = _locked(user)
    if not user.is_active:
        return user
    user.is_active = False
    user.set_unusable_password()  # sessions are bound to it: none comes back with the user
    user.save(update_fields=["is_active", "password"])
    user.sign_in_links.all().delete()
    journal.append("user.deactivated", actor=actor(by), subject=user.ref, now=now)
    if user.role == Role.ADMIN:
        _refuse_without_admin()
    return user


@transaction.atomic
def user_reactivate(*, user: User, by: User | None, now: datetime) -> User:
    """Let `user` in again; they need a new sign-in link."""
    user = _locked(user)
    if user.is_active:
        return user
    user.is_active = True
    user.save(update_fields=["is_active"])
    journal.append("user.reactivated", actor=actor(by), subject=user.ref, now=now)
    return user


@transaction.atomic
def user_set_password(*, user: User, password: str, now: datetime) -> User:
    """A password that was validated before; every session but a re-hashed one ends."""
    user.set_password(password)
    user.save(update_fields=["password"])
    journal.append("user.password_set", actor=user.ref, subject=user.ref, now=now)
    return user


@transaction.atomic
def sign_in_link_issue(*, user: User, by: User | None, now: datetime) -> str:
    """The address that signs `user` in once; the links they had before end.

    Valid for settings.SIGN_IN_LINK_AGE. Raises Refusal when the user is deactivated, signs in with
    Microsoft, or when links sign in nobody here.
    """
    user = _locked(user)
    if not user.is_active:
        raise Refusal(f"{user.email} is deactivated. Reactivate them on the page Users first.")
    _refuse_link(user)
    secret, expires = secrets.token_urlsafe(SECRET_BYTES), now + settings.SIGN_IN_LINK_AGE
    user.sign_in_links.all().delete()
    user.sign_in_links.create(secret_hash=hash_of(secret), expires_at=expires)
    journal.append("sign_in_link.issued", actor=actor(by), subject=user.ref, now=now)
    return settings.PUBLIC_URL + reverse("sign_in_link", args=[secret])


@transaction.atomic
def sign_in_link_use(*, secret: str, now: datetime) -> User | None:
    """Whom `secret` signs in, now and never again; None when it signs in nobody."""
    links = SignInLink.objects.filter(secret_hash=hash_of(secret), used_at=None, expires_at__gt=now)
    # One conditional UPDATE on the row's own columns: of two who try at once one gets a row.
    if not links.update(used_at=now):
        return None
    return User.objects.filter(sign_in_links__secret_hash=hash_of(secret), is_active=True).first()


@transaction.atomic
def user_sessions_end(*, user: User, reason: str, now: datetime) -> None:
    """End every session of `user` at their next click; `reason` is a code for the ledger."""
    user = _locked(user)
    user.set_unusable_password()  # sessions are bound to it
    user.save(update_fields=["password"])
    data = {"reason": reason}
    journal.append("user.sessions_ended", actor="system", subject=user.ref, now=now, data=data)


def sign_in_link_works(*, secret: str, now: datetime) -> bool:
    """Whether `secret` would sign somebody in."""
    return SignInLink.objects.filter(
        secret_hash=hash_of(secret), used_at=None, expires_at__gt=now, user__is_active=True
    ).exists()


def hash_of(secret: str) -> str:
    """What is kept of a secret. Of 32 random bytes: nobody guesses them, so no stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _refuse_without_admin() -> None:
    """Call after the event: its lock lines up two administrators who send each other away."""
    admins = User.objects.filter(role=Role.ADMIN, is_active=True, is_emergency=False)
    if not admins.exists():
        raise Refusal("This is the last administrator. Make somebody else administrator first.")


def _refuse_link(user: User) -> None:
    if user.by_entra or user.is_emergency:
        way = "with Microsoft" if user.by_entra else "with the sealed password"
        raise Refusal(f"{user.email} signs in {way}; a link would go around that.")
    if not settings.LOCAL_SIGN_IN:
        raise Refusal(
            "Links sign in nobody while local sign-in is off (LOCAL_SIGN_IN=off): "
            "give them a role in Microsoft Entra instead."
        )


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Refusal(
            f"{email!r} is not an e-mail address. Write it like name@example.com."
        ) from error
    return address


def _role(role: str) -> str:
    if role not in Role.values:
        raise Refusal(f"{role!r} is not a role. Roles are: {', '.join(Role.values)}.")
    return role
