"""The mailboxes of Microsoft 365 that EMAIL_URL names, and what each of them may send."""

from urllib.parse import unquote

from django.conf import settings

SCHEME = "graph://"
# https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits
MAILBOX_PER_MINUTE, MAILBOX_PER_DAY = 30, 10_000


def mailboxes() -> tuple[str, ...]:
    """Those of `graph://first@example.com,second@example.com`; none with another transport."""
    url: str = settings.EMAIL_URL
    return mailboxes_of(url) if url.lower().startswith(SCHEME) else ()


def mailboxes_of(url: str) -> tuple[str, ...]:
    """The addresses of `url`, each once."""
    names = (unquote(name).strip().lower() for name in url[len(SCHEME) :].rstrip("/").split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def rate_per_minute() -> int:
    """How many mails any minute may see; 0: any number."""
    return _least(settings.EMAIL_RATE_PER_MINUTE, MAILBOX_PER_MINUTE * len(mailboxes()))


def rate_per_day() -> int:
    """How many mails any 24 hours may see; 0: any number."""
    return _least(settings.EMAIL_RATE_PER_DAY, MAILBOX_PER_DAY * len(mailboxes()))


def _least(*rates: int) -> int:
    return min((rate for rate in rates if rate), default=0)
