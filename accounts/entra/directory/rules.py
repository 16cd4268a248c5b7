"""Which accounts of the tenant are people to ask, and why the others are not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, TextChoices

from accounts.entra.directory.models import (
    EntraAccount,
    EntraMember,
    EntraReading,
    EntraRules,
)

SHOWN = 5
_PERSONAL = {"", "user", "linked", "none"}


class Kind(TextChoices):
    """What an account is to Optrail."""

    PERSON = "person", "People to ask"
    GUEST = "guest", "Guests"
    DISABLED = "disabled", "Disabled accounts"
    LEFT_OUT = "left_out", "Left out by name"
    MAILBOX = "mailbox", "Rooms, equipment and shared mailboxes"
    DOMAIN = "domain", "Other domains"
    GROUP = "group", "Not in the groups"


def accounts_sorted(
    rules: EntraRules, among: QuerySet[EntraAccount] | None = None
) -> Iterator[tuple[EntraAccount, Kind]]:
    """Every account, or those `among` them, with its kind; by object ids; flat memory."""
    holds = EntraReading.objects.here().members
    member = EntraMember.objects.filter(reading=holds, oid=OuterRef("oid"), group__in=rules.groups)
    accounts = EntraAccount.objects.all() if among is None else among
    rows = accounts.annotate(member=Exists(member)).order_by("oid")
    for account in rows.iterator(chunk_size=2_000):
        yield account, kind_of(account, rules, member=account.member)


def accounts_count(rules: EntraRules) -> dict[str, int]:
    """Kind → how many accounts."""
    return dict(Counter(kind.value for _, kind in accounts_sorted(rules)))


@dataclass
class Look:
    """How many accounts are of a kind, and the first of them."""

    kind: Kind
    count: int = 0
    first: list[EntraAccount] = field(default_factory=list)


def accounts_look(rules: EntraRules) -> list[Look]:
    """What `rules` would make of the accounts: for whoever writes rules."""
    looks = {kind: Look(kind) for kind in Kind}
    for account, kind in accounts_sorted(rules):
        looks[kind].count += 1
        if len(looks[kind].first) < SHOWN:
            looks[kind].first.append(account)
    return [look for look in looks.values() if look.count]


def kind_of(account: EntraAccount, rules: EntraRules, *, member: bool) -> Kind:
    """What the account is. The first rule that says no names it."""
    told = account.told
    if _is_guest(told):
        return Kind.GUEST
    if told.get("accountEnabled") is not True:
        return Kind.DISABLED
    if _is_left_out(account, rules):
        return Kind.LEFT_OUT
    if account.purpose not in _PERSONAL:
        return Kind.MAILBOX
    if rules.domains and account.mail.rpartition("@")[2] not in rules.domains:
        return Kind.DOMAIN
    return Kind.GROUP if rules.groups and not member else Kind.PERSON


def _is_guest(told: dict[str, Any]) -> bool:
    """Accounts older than 2014 have no userType: they are members."""
    sign_in_name = str(told.get("userPrincipalName") or "").lower()
    return str(told.get("userType") or "").lower() == "guest" or "#ext#" in sign_in_name


def _is_left_out(account: EntraAccount, rules: EntraRules) -> bool:
    sign_in_name = str(account.told.get("userPrincipalName") or "").lower()
    names = [name for name in (account.oid, account.mail, sign_in_name) if name]
    return any(fnmatchcase(name, pattern) for name in names for pattern in rules.left_out)
