"""The people of the tenant as a table like any other that is imported."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

from accounts.entra.directory.models import MANAGER, EntraAccount, EntraRules
from accounts.entra.directory.rules import Kind, accounts_sorted
from accounts.imports.reading.columns import Mapped
from accounts.imports.reading.countries import country_code
from accounts.imports.reading.tables import Row, Table

_ZONE = "timeZone"  # of the mailbox
_FIELDS = {
    "id": "external_id",
    "mail": "email",
    "givenName": "first_name",
    "surname": "last_name",
    "displayName": "full_name",
    "department": "department",
    "country": "country",
    "officeLocation": "office",
    "employeeType": "employment_type",
    "preferredLanguage": "language",
    _ZONE: "time_zone",
    MANAGER: "manager",
}
MAPPING: Mapped = [{"column": name, "field": field} for name, field in _FIELDS.items()]


class Digest(Protocol):
    """A hash that is being made (hashlib's)."""

    def update(self, data: bytes, /) -> None: ...


def people_table(rules: EntraRules, digest: Digest) -> Table:
    """One row for each account that `rules` take for a person; each row goes into `digest`."""

    def rows() -> Iterator[Row]:
        people = (account for account, kind in accounts_sorted(rules) if kind is Kind.PERSON)
        for line, account in enumerate(people, start=1):
            cells = [_cell(account, name, rules) for name in _FIELDS]
            digest.update(json.dumps(cells).encode() + b"\n")
            yield Row(line, line, cells)

    return Table(Row(0, 0, list(_FIELDS)), rows)


def _cell(account: EntraAccount, name: str, rules: EntraRules) -> str:
    told: dict[str, Any] = account.told
    if name == "id":
        return account.oid
    if name == _ZONE:
        return account.zone if rules.ask_zone else ""
    if name == "country":
        return _country(told)
    return str(told.get(name) or "")


def _country(told: dict[str, Any]) -> str:
    """`country` is free text; `usageLocation` is a code, there wherever there is a licence."""
    written, licensed = str(told.get("country") or ""), str(told.get("usageLocation") or "")
    return written if country_code(written) else licensed or written
