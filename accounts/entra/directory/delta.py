"""One page of `users/delta`: asked for, looked through, cut down to what is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.entra.directory.models import MANAGER, PROPERTIES
from accounts.entra.errors import Refused, Unreachable
from accounts.entra.graph import GraphClient

# https://learn.microsoft.com/graph/api/user-delta and /graph/delta-query-overview
FIRST = "/users/delta"
REMOVED = "@removed"
_SELECT = ",".join(("id", *PROPERTIES, MANAGER))
_NEXT, _DELTA = "@odata.nextLink", "@odata.deltaLink"
NEEDED = "User.Read.All"
_DENIED = 403
_LONGEST = 400  # characters of a property: the longest that is used fits twice

Change = dict[str, Any]


@dataclass(frozen=True)
class DeltaPage:
    """Some changes, and where to go on; `last` when the round is over."""

    changes: list[Change]
    link: str
    last: bool


def page_get(graph: GraphClient, link: str) -> DeltaPage:
    """The page behind `link`, or the first of all. Raises EntraError, also for half a page.

    `$select` goes with the first request alone: links carry it on.
    """
    body = _asked(graph, link)
    value, onward, end = body.get("value"), body.get(_NEXT), body.get(_DELTA)
    if not isinstance(value, list) or bool(onward) == bool(end):
        raise _half("a page without people, or without the way on")
    if link and onward == link:
        raise _half("a page that leads to itself")
    return DeltaPage([_change(item) for item in value], str(onward or end), last=bool(end))


def _asked(graph: GraphClient, link: str) -> dict[str, Any]:
    try:
        return graph.get(link) if link else graph.get(FIRST, {"$select": _SELECT})
    except Refused as refused:
        if refused.status != _DENIED:
            raise
        words = f"People may not be read: the application permission {NEEDED} is missing."
        raise Refused(words, status=_DENIED, code=refused.code) from refused


def _change(item: object) -> Change:
    if not isinstance(item, dict) or not _is_id(item.get("id")):
        raise _half("somebody without an object id")
    if REMOVED in item:
        return {"id": item["id"].lower(), REMOVED: True}
    told = {name: _value(item[name]) for name in PROPERTIES if name in item}
    return {"id": item["id"].lower(), **told, **_manager(item)}


def _value(value: object) -> str | bool | None:
    return value[:_LONGEST] if isinstance(value, str) else value if value is True else None


def _manager(item: Mapping[str, Any]) -> dict[str, str]:
    """Told as what was added and removed; nothing at all when it stayed."""
    if f"{MANAGER}@delta" not in item:
        return {}
    told = item[f"{MANAGER}@delta"]
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise _half("a manager that is none")
    added = [one["id"].lower() for one in told if REMOVED not in one and _is_id(one.get("id"))]
    return {MANAGER: added[-1] if added else ""}


def _is_id(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def _half(what: str) -> Unreachable:
    return Unreachable(
        f"Microsoft Graph sent {what}. Nothing was changed; Optrail reads again later.",
        maybe_done=False,
    )
