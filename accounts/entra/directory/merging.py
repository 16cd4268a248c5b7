"""A complete round becomes what is kept of the tenant, in one transaction or not at all."""

from datetime import datetime

from django.db import transaction

from accounts.entra.directory.delta import REMOVED, Change
from accounts.entra.directory.models import EntraAccount, EntraPage, EntraReading

_SEEN_ALWAYS = "userPrincipalName"  # every account has one


class IncompleteError(Exception):
    """Graph told a change of an account that was never told as a whole."""


@transaction.atomic
def round_merge(*, reading: EntraReading, link: str, now: datetime) -> None:
    """Merge the pages put away, and keep `link` (the deltaLink) for the next round.

    A full round replaces what was kept, and whoever it did not name is gone. Raises
    IncompleteError when only a full round can tell.
    """
    for page in EntraPage.objects.order_by("id").iterator(chunk_size=1):
        _page_merge(page.changes, reading)
    if reading.full:
        EntraAccount.objects.exclude(round=reading.round).delete()
    EntraPage.objects.all().delete()
    reading.link, reading.full, reading.round = link, False, reading.round + 1
    reading.complete_at = now
    reading.save(update_fields=["link", "full", "round", "complete_at"])


def _page_merge(changes: list[Change], reading: EntraReading) -> None:
    """The same account may stand in a page, and in a round, more than once: the last word holds."""
    known = EntraAccount.objects.in_bulk({change["id"] for change in changes})
    gone: set[str] = set()
    for change in changes:
        oid = change["id"]
        if REMOVED in change:
            gone.add(oid)
            known.pop(oid, None)
        else:
            gone.discard(oid)
            known[oid] = _merged(known.get(oid), change, reading)
    EntraAccount.objects.filter(oid__in=gone).delete()
    _save(known)


def _merged(account: EntraAccount | None, change: Change, reading: EntraReading) -> EntraAccount:
    stale = account is None or (reading.full and account.round != reading.round)
    before = {} if account is None or stale else account.told
    told = before | {name: value for name, value in change.items() if name != "id"}
    if _SEEN_ALWAYS not in told and not reading.full:
        raise IncompleteError
    told = {name: value for name, value in told.items() if value is not None and value != ""}
    same = account is not None and account.told == told
    return EntraAccount(
        oid=change["id"],
        told=told,
        mail=str(told.get("mail") or "").lower()[:254],
        purpose=account.purpose if account else "",
        zone=account.zone if account else "",
        # Who moved to another office may have moved to another time zone.
        zone_asked_at=account.zone_asked_at if account and same else None,
        round=reading.round,
    )


def _save(accounts: dict[str, EntraAccount]) -> None:
    EntraAccount.objects.bulk_create(
        accounts.values(),
        batch_size=200,
        update_conflicts=True,
        unique_fields=["oid"],
        update_fields=["told", "mail", "purpose", "zone", "zone_asked_at", "round"],
    )
