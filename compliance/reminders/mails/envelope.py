"""From which return path a mail leaves to whom, and what a bounce to that path proves."""

import base64
import binascii
import hmac
import re
from uuid import UUID

from django.conf import settings

from compliance.campaigns.models import Campaign
from compliance.reminders.mails.addresses import address_of, own_address
from compliance.reminders.models import Message
from compliance.reminders.transports.line import Envelope

_TAG = b"OPTRAIL-MAIL/1\0"
_KEY, _SECRET = 16, 8  # bytes: nobody guesses 64 bits through bounces
# 24 bytes are 39 characters of base32, which no mail server's changing of case harms.
_OWN_PART = re.compile(r"\+([a-z2-7]{39})@", re.ASCII | re.IGNORECASE)
# RFC 5321, 4.5.3.1.1: so much may stand before the @.
_LOCAL_MAX = 64


def from_address_of(campaign: Campaign) -> str:
    """The address that a campaign's mails come from. Raises TransportDownError for a wrong one."""
    return own_address(campaign.from_address or settings.EMAIL_FROM)


def envelope_for(message: Message) -> Envelope:
    """The envelope of a claimed message. Raises UnmailableError."""
    from_address = from_address_of(message.assignment.campaign)
    return Envelope(return_path(message.id, from_address), address_of(message.recipient))


def return_path(key: UUID, from_address: str) -> str:
    """Where a bounce of message `key` goes: our address, or with EMAIL_BOUNCES one of its own.

    That one carries a secret only we can make, so that nobody can bounce what never bounced. An
    address of ours with more than 24 characters before the @ has no room for it.
    """
    local, _, domain = from_address.rpartition("@")
    if not settings.EMAIL_BOUNCES:
        return from_address
    own = base64.b32encode(key.bytes + _secret(key.bytes)).decode().rstrip("=").lower()
    path = f"{local}+{own}"
    return f"{path}@{domain}" if len(path) <= _LOCAL_MAX else from_address


def bounce_key(address: str) -> UUID | None:
    """The message whose return path `address` is; None for any that we did not make."""
    found = _OWN_PART.search(address)
    if not found:
        return None
    try:
        raw = base64.b32decode(found[1].upper() + "=")
    except binascii.Error:
        return None
    key, secret = raw[:_KEY], raw[_KEY:]
    return UUID(bytes=key) if hmac.compare_digest(_secret(key), secret) else None


def _secret(key: bytes) -> bytes:
    return hmac.digest(settings.MAIL_KEY.encode(), _TAG + key, "sha256")[:_SECRET]
