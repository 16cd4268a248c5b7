"""The mails: words, pressed once for all who read the same; addresses, envelopes, bytes."""

from compliance.reminders.mails.addresses import UnmailableError
from compliance.reminders.mails.envelope import bounce_key, envelope_for, return_path
from compliance.reminders.mails.post import (
    Mail,
    mail_bytes,
    mail_for_test,
    plain_mail,
)

__all__ = [
    "Mail",
    "UnmailableError",
    "bounce_key",
    "envelope_for",
    "mail_bytes",
    "mail_for_test",
    "plain_mail",
    "return_path",
]
