"""Time zones of people's mailboxes: optional, twenty at a time, never in the way of a reading."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Q

from accounts.entra.batch import MOST, Part, batch_get
from accounts.entra.directory.models import EntraAccount, EntraReading, EntraRules
from accounts.entra.directory.rules import Kind, accounts_sorted
from accounts.entra.errors import EntraError, Throttled, Unreachable
from accounts.entra.graph import GraphClient
from accounts.imports.reading.values import Unusable
from accounts.imports.reading.zones import time_zone

NEEDED = "MailboxSettings.Read"
DENIED = (
    f"Time zones may not be asked for: the application permission {NEEDED} is missing. People are "
    "read all the same; whoever has no time zone is reached in the company's."
)
# Of one look: some seconds of Graph's time. What is left is asked for a minute later.
AT_A_TIME = 500
# People move, and no reading tells of it.
AGAIN = timedelta(days=90)
_PATIENCE = timedelta(minutes=1)
_OK, _FORBIDDEN, _TOO_MANY = 200, 403, 429


def zones_path(oid: str) -> str:
    """Of the mailbox' settings only this one: others hold what people write when they are away.

    https://learn.microsoft.com/graph/api/user-get-mailboxsettings
    """
    return f"/users/{oid}/mailboxSettings/timeZone"


def zones_due(*, now: datetime) -> bool:
    """Whether somebody's time zone is still to be asked for, and Microsoft may be asked."""
    waits = EntraReading.objects.filter(zones_at__lte=now)
    return EntraRules.current().ask_zone and waits.exists()


def zones_look(*, graph: GraphClient, now: datetime) -> None:
    """Ask about the next people whose time zone is not known, or who changed since.

    Raises nothing: what went wrong is noted, and said on the page.
    """
    rules, patient = EntraRules.current(), EntraReading.objects.filter(zones_at__gt=now)
    if not rules.ask_zone or patient.exists():
        return
    people = list(islice(_waiting(rules, now), AT_A_TIME + 1))
    try:
        for start in range(0, len(people[:AT_A_TIME]), MOST):
            _ask(graph, people[start : min(start + MOST, AT_A_TIME)], now)
    except EntraError as error:
        _note(str(error), _again(error, now))
    else:
        _note("", now if len(people) > AT_A_TIME else None)


def _waiting(rules: EntraRules, now: datetime) -> Iterator[EntraAccount]:
    unasked = Q(zone_asked_at=None) | Q(zone_asked_at__lte=now - AGAIN)
    among = EntraAccount.objects.filter(unasked).exclude(mail="")
    return (account for account, kind in accounts_sorted(rules, among) if kind is Kind.PERSON)


def _ask(graph: GraphClient, people: Sequence[EntraAccount], now: datetime) -> None:
    """Keep each answer, also "no mailbox"; whoever was put off is asked another time."""
    parts = batch_get(graph, [zones_path(account.oid) for account in people])
    _check(parts)
    pairs = list(zip(people, parts, strict=True))
    answered = [(account, part) for account, part in pairs if part.status != _TOO_MANY]
    for account, part in answered:
        account.zone, account.zone_asked_at = _zone(part), now
    rows = [account for account, _ in answered]
    EntraAccount.objects.bulk_update(rows, ["zone", "zone_asked_at"])
    if len(answered) < len(pairs):
        waits = [part.retry_after or 0.0 for part in parts]
        raise Throttled("Microsoft asks for patience with time zones.", retry_after=max(waits))


def _check(parts: Sequence[Part]) -> None:
    """One mailbox that fails is that mailbox' matter; all of them are not."""
    if all(part.status == _FORBIDDEN for part in parts):
        raise EntraError(DENIED)
    if all(part.status >= 500 for part in parts):  # noqa: PLR2004 - the server's own failures
        raise Unreachable("Microsoft could not tell time zones.", maybe_done=False)


def _zone(part: Part) -> str:
    """The IANA name; Exchange may hold Windows' names, and zones of somebody's own making."""
    try:
        return time_zone(str(part.body.get("value") or "")) if part.status == _OK else ""
    except Unusable:
        return ""


def _again(error: EntraError, now: datetime) -> datetime | None:
    """When to go on; what only an administrator can mend waits for the next reading."""
    if not isinstance(error, Throttled | Unreachable):
        return None
    said = timedelta(seconds=error.retry_after or 0)
    return now + max(said, _PATIENCE)


def _note(trouble: str, at: datetime | None) -> None:
    EntraReading.objects.filter(id=1).update(zones_trouble=trouble, zones_at=at)
