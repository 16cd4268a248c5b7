"""The mailboxes of Microsoft 365 that EMAIL_URL names, and what each of them may send."""

from urllib.parse import unquote

from django.conf import settings

SCHEME = "graph://"
# https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits
MAILBOX_PER_MINUTE, MAILBOX_PER_DAY = 30, 10_000
# Of a hundred mails so many are left to one-time codes while people may ask for them: they sit and
# wait, and a code that comes after ten minutes is none.
CODES_PERCENT = 10


def mailboxes() -> tuple[str, ...]:
    """Those of `graph://first@example.com,second@example.com`; none with another transport."""
    url: str = settings.EMAIL_URL
    return mailboxes_of(url) if url.lower().startswith(SCHEME) else ()


def mailboxes_of(url: str) -> tuple[str, ...]:
    """The addresses of `url`, each once."""
    names = (unquote(name).strip().lower() for name in url[len(SCHEME) :].rstrip("/").split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def rate_per_minute(*, codes: bool = False) -> int:
    """How many mails any minute may see; 0: any number. `codes`: without those left to codes."""
    rate = _least(settings.EMAIL_RATE_PER_MINUTE, MAILBOX_PER_MINUTE * len(mailboxes()))
    return rate - left_to_codes(rate) if codes else rate


def rate_per_day(*, codes: bool = False) -> int:
    """How many mails any 24 hours may see; 0: any number. `codes`: without those left to codes."""
    rate = _least(settings.EMAIL_RATE_PER_DAY, MAILBOX_PER_DAY * len(mailboxes()))
    return rate - left_to_codes(rate) if codes else rate


def left_to_codes(rate: int) -> int:
    """How many of `rate` mails wait for whoever asks for a code; a rate of one is shared."""
    return -(-rate * CODES_PERCENT // 100) if rate > 1 else 0


def _least(*rates: int) -> int:
    return min((rate for rate in rates if rate), default=0)
