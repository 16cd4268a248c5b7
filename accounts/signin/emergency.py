"""The emergency account: one sealed password for the day when nobody else can sign in."""

import secrets
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal

from accounts.signin.models import Role, User
from ledger import journal

PASSWORD_BYTES = 24
# `emergency_account_used.send(sender, now=<aware datetime>)`, inside the transaction of the event:
# the apps above tell every administrator.
emergency_account_used = Signal()


@transaction.atomic
def emergency_account_seal(*, now: datetime) -> tuple[User, str]:
    """Make the account, or give it a new password; its sessions end. Returns it and the password.

    The password is shown this once: it belongs into an envelope.
    """
    user = User.objects.select_for_update().filter(is_emergency=True).first() or User(
        email=f"emergency@{urlsplit(settings.PUBLIC_URL).hostname}",
        name="Emergency account",
        role=Role.ADMIN,
        is_emergency=True,
    )
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user.set_password(password)
    user.is_active, user.role = True, Role.ADMIN
    user.save()
    journal.append("emergency_account.sealed", actor="command", subject=user.ref, now=now)
    return user, password


def emergency_account_note(user: User, *, now: datetime) -> None:
    """Somebody opened the envelope: an event of its own, and word to every administrator."""
    emergency_account_used.send(sender=User, now=now)
    journal.append("emergency_account.used", actor=user.ref, subject=user.ref, now=now)
