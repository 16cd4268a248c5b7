"""What mailboxes check before they believe a sender: SPF, DKIM, DMARC, and the visible link."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from compliance.campaigns.models import Campaign
from compliance.reminders.mails import return_path
from compliance.reminders.transports.configured import mail_host

# What their owners ask customers to write into SPF.
_SPF_OF = {
    "smtp.office365.com": "include:spf.protection.outlook.com",
    "smtp.gmail.com": "include:_spf.google.com",
    "smtp-relay.gmail.com": "include:_spf.google.com",
}
# Below these, as in example.co.uk, each company has a name of its own.
_SHARED = frozenset("ac co com edu go gov gv ne net or org".split())


def sender_notes(campaign: Campaign) -> Iterator[str]:
    """Which DNS records the sender's domain should hold, and whether the link's domain differs.

    Words only: no DNS is asked. Nothing for a local installation, whose mails stay on the machine.
    """
    address = campaign.from_address or settings.EMAIL_FROM
    domain = address.rpartition("@")[2].lower()
    if not domain or (settings.LOCAL and not settings.HTTPS):
        return
    yield _records(address, domain)
    if settings.EMAIL_BOUNCES and return_path(uuid4(), address) == address:
        yield (
            f"{address} is too long before the @ to carry a secret for each mail, so what bounces "
            "cannot be matched. Use an address with at most 24 characters there."
        )
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if _company(host) != _company(domain):
        yield (
            f"Mails come from {domain}, and their links lead to {host}. People are taught to "
            "distrust that. Give Optrail a name below your own domain, or announce the campaign "
            "where people trust what they read."
        )


def _records(address: str, domain: str) -> str:
    server = mail_host()
    spf = f", with {_SPF_OF[server]}" if server in _SPF_OF else ""
    return (
        f"Mails come from {address}. Without three DNS records mailboxes may take them for fraud; "
        "ask whoever keeps your DNS (Optrail does not look them up). "
        f"SPF, a TXT record at {domain}{spf}: which servers may send for it. "
        f"DKIM, at <selector>._domainkey.{domain}: the key with which your mail server signs. "
        f"DMARC, a TXT record at _dmarc.{domain}, at least “v=DMARC1; p=none”: what mailboxes "
        "should do when neither of the two fits."
    )


def _company(host: str) -> str:
    """The part of a name that one company registers: example.com, example.co.uk."""
    labels = host.split(".")
    return ".".join(labels[-3 if labels[-2:-1] and labels[-2] in _SHARED else -2 :])
