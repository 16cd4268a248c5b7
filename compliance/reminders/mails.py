"""The mail as servers see it: headers, return path, bytes."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import INVITATION
from compliance.reminders.letters import Letter, letter, sender_name
from compliance.reminders.models import Message
from compliance.reminders.transports.line import Envelope

_TAG = b"OPTRAIL-MAIL/1\0"
_SECRET_LENGTH = 16  # hex digits: nobody guesses 64 bits through bounces


class UnmailableError(ValueError):
    """A mail that cannot be written, and why; the fault of its address, not of the server."""


@dataclass(frozen=True)
class Mail:
    """One mail, ready to be handed over."""

    envelope: Envelope
    data: bytes


def mail_for(message: Message, *, now: datetime) -> Mail:
    """The mail for a claimed message; the same headers at each try. Raises UnmailableError."""
    assignment = message.assignment
    words = letter(assignment, step=message.step, today=timezone.localdate(now))
    return _mail(
        words,
        assignment=assignment,
        to=message.recipient,
        key=message.id,
        dated_at=message.dated_at or now,
    )


def mail_for_test(campaign: Campaign, *, to: str, language: str, now: datetime) -> Mail:
    """The invitation as people will get it, sent to `to`; its link opens nothing."""
    someone = Assignment(
        campaign=campaign, first_name="Alex", last_name="Sample", email=to, language=language
    )
    words = letter(someone, step=INVITATION, today=timezone.localdate(now))
    marked = Letter(f"[Test] {words.subject}", words.text, words.html)
    return _mail(marked, assignment=someone, to=to, key=uuid4(), dated_at=now)


def return_path(key: UUID) -> str:
    """Where a bounce of message `key` goes: our address, or with EMAIL_BOUNCES one of its own.

    That one carries a secret only we can make, so that nobody can bounce what never bounced.
    """
    address: str = settings.EMAIL_FROM
    if not settings.EMAIL_BOUNCES:
        return address
    local, _, domain = address.rpartition("@")
    secret = hmac.digest(settings.MAIL_KEY.encode(), _TAG + key.bytes, "sha256").hex()
    return f"{local}+{key.hex}-{secret[:_SECRET_LENGTH]}@{domain}"


def _mail(words: Letter, *, assignment: Assignment, to: str, key: UUID, dated_at: datetime) -> Mail:
    recipient = _address(to)
    sender = _address(settings.EMAIL_FROM)
    mail = EmailMessage(policy=SMTP if recipient.addr_spec.isascii() else SMTPUTF8)
    mail["From"] = _named(sender_name(assignment), sender)
    if assignment.campaign.reply_to:
        mail["Reply-To"] = _address(assignment.campaign.reply_to)
    mail["To"] = _named(assignment.name if assignment.first_name else "", recipient)
    mail["Subject"] = _clean(words.subject)
    mail["Date"] = format_datetime(dated_at)
    mail["Message-ID"] = f"<{key.hex}@{sender.domain}>"
    # No out-of-office replies, please (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(words.text, cte="quoted-printable")
    mail.add_alternative(words.html, subtype="html", cte="quoted-printable")
    return Mail(Envelope(return_path(key), recipient.addr_spec), mail.as_bytes())


def _address(text: str) -> Address:
    """`text` as an address whose domain is ASCII. Raises UnmailableError."""
    local, _, domain = text.rpartition("@")
    try:
        if _clean(text) != text or " " in text:
            raise ValueError("it holds spaces or control characters")  # noqa: TRY301 - one exit
        if not local or not domain:
            raise ValueError("there is nothing before or after the @")  # noqa: TRY301 - one exit
        return Address(username=local, domain=domain.encode("idna").decode())
    except (ValueError, IndexError) as error:
        raise UnmailableError(f"The address cannot be written in a mail: {error}.") from error


def _named(name: str, address: Address) -> Address:
    return Address(_clean(name), address.username, address.domain)


def _clean(text: str) -> str:
    """One line without control characters: nothing in it can begin another header."""
    kept = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return " ".join(kept.split())
