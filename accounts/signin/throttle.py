"""Throttle: how often a sign-in may be tried, by address and by network, without keeping either."""

import hmac
import ipaddress
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest

from accounts.signin.models import Throttle

WINDOW = timedelta(minutes=15)
TRIES_BY_ADDRESS = 10
# A whole office may sit behind one address of the internet.
TRIES_BY_NETWORK = 100
TRIES_BY_LINK = 20


class ThrottledError(Exception):
    """Too many tries `by` an address or a network; `until` is when the next one is heard.

    `first` of those that are turned away in this window.
    """

    def __init__(self, until: datetime, *, by: str, first: bool) -> None:
        super().__init__(f"too many tries until {until:%H:%M}")
        self.until, self.by, self.first = until, by, first


def address_try(address: str, *, now: datetime) -> None:
    """Count a try for an e-mail address. Raises ThrottledError.

    Sign-in links are not counted here, so nobody can lock a user out by trying their address.
    """
    _count("address", address.strip().lower(), TRIES_BY_ADDRESS, now)


def network_try(request: HttpRequest, *, now: datetime) -> int:
    """Count a try from a network; returns which one it is. Raises ThrottledError."""
    return _count("network", network(request), TRIES_BY_NETWORK, now)


def link_try(ref: str, *, now: datetime) -> None:
    """Count a sign-in that begins at the personal link of `ref`. Raises ThrottledError.

    Not by network: everybody of a company may be asked on one morning, behind one address.
    """
    _count("link", ref, TRIES_BY_LINK, now)


def address_forget(address: str) -> None:
    """Somebody signed in with this address: their earlier slips count no more."""
    Throttle.objects.filter(key=_key("address", address.strip().lower())).delete()


def network(request: HttpRequest) -> str:
    """The IPv4 address or the /64 of IPv6 that a request comes from: what one line gets.

    Behind a proxy it is the last entry of X-Forwarded-For: the one that the proxy itself wrote.
    """
    client = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        client = request.headers.get("x-forwarded-for", client).rpartition(",")[2].strip()
    try:
        ip = ipaddress.ip_address(client)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 32 if ip.version == 4 else 64), strict=False))  # noqa: PLR2004


def _count(kind: str, value: str, limit: int, now: datetime) -> int:
    """Counting comes first and in the database, so that many tries at once are all counted."""
    key = _key(kind, value)
    Throttle.objects.filter(window_start__lte=now - WINDOW).delete()
    fresh = Throttle(key=key, window_start=now, tries=0)
    Throttle.objects.bulk_create([fresh], ignore_conflicts=True)
    Throttle.objects.filter(key=key).update(tries=F("tries") + 1)
    row = Throttle.objects.filter(key=key).first() or fresh
    if row.tries > limit:
        raise ThrottledError(row.window_start + WINDOW, by=kind, first=row.tries == limit + 1)
    return row.tries


def _key(kind: str, value: str) -> str:
    """A keyed hash: without our secret nobody can look up whose tries these were."""
    message = f"throttle\0{kind}\0{value}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), message, "sha256").hex()
