"""Personal links: derived from the assignment and a key, never stored."""

import base64
import hmac
import re
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.signin.models import User
from compliance.campaigns.models import Assignment
from ledger import journal
from ledger.commands import Refusal

LAST_VERSION = 255  # the version travels in one byte
_TAG = b"OPTRAIL-LINK/1\0"
_SIGNED = 17  # 16 bytes of the assignment's id, one of the version
# 33 bytes are exactly 44 characters, so that each token has one spelling and no padding.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{44}", re.ASCII)


def token_make(assignment_id: UUID, version: int) -> str:
    """The token of one link: id (16 bytes), version (1 byte) and HMAC (16 bytes) in base64url."""
    signed = assignment_id.bytes + bytes([version])
    return base64.urlsafe_b64encode(signed + _signature(settings.LINK_KEYS[0], signed)).decode()


def token_read(token: str) -> tuple[UUID, int] | None:
    """Assignment id and version, when one of our keys made `token`; else None, in the same time."""
    if not _SHAPE.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    signed, signature = raw[:_SIGNED], raw[_SIGNED:]
    # Every key is tried, whichever fits: how long it takes tells nothing.
    fits = [hmac.compare_digest(_signature(key, signed), signature) for key in settings.LINK_KEYS]
    return (UUID(bytes=signed[:16]), signed[16]) if any(fits) else None


def link_url(assignment: Assignment) -> str:
    """The personal address of one assignment. It is the capability: never store or log it."""
    return f"{settings.PUBLIC_URL}/a/{token_make(assignment.id, assignment.link_version)}"


def link_revoke(*, assignment: Assignment, user: User | None, now: datetime) -> Assignment:
    """End every link given out so far; the next mail carries a new one. Raises Refusal."""
    with transaction.atomic():
        assignment = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
        if assignment.link_version >= LAST_VERSION:
            raise Refusal(f"This link was revoked {LAST_VERSION - 1} times; it cannot be again.")
        assignment.link_version += 1
        assignment.save(update_fields=["link_version"])
        journal.append(
            "link.revoked",
            actor=user.ref if user else "command",
            subject=assignment.ref,
            now=now,
            data={"version": assignment.link_version},
        )
    return assignment


def _signature(key: str, signed: bytes) -> bytes:
    return hmac.digest(key.encode(), _TAG + signed, "sha256")[:16]
