"""`users/delta` with everything that its documentation warns of; a mailbox's purpose and zone.

https://learn.microsoft.com/graph/api/user-delta
"""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from tests.standins.entra.contract import Answer
from tests.standins.graph.contract import NoError, Request, Route

PROPERTIES = {
    "id", "accountEnabled", "businessPhones", "city", "companyName", "country", "department",
    "displayName", "employeeId", "employeeType", "givenName", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "usageLocation", "userPrincipalName",
    "userType", "manager",
}  # fmt: skip
PURPOSES = {"user", "linked", "shared", "room", "equipment", "others"}


@dataclass(frozen=True)
class _Place:
    """Between rounds (`rest` is None), or within one: who is still to be told."""

    select: tuple[str, ...]
    since: int  # how many changes were told before this round; 0: it tells everybody
    until: int = 0  # how many there were when this round began: the next begins there
    rest: tuple[str, ...] | None = None
    pause: bool = False  # an empty page comes first


@dataclass
class UserTable:
    """The tenant's users, what changed when, and the knobs."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    purposes: dict[str, str] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)  # of mailboxes, in whatever spelling
    changes: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    history: dict[str, list[tuple[int, frozenset[str]]]] = field(default_factory=dict)
    tokens: dict[str, _Place] = field(default_factory=dict)
    page_size: int = 999
    partial: bool = False  # tells only what changed, and always the id
    replays: bool = False  # each page begins with the last one of the page before
    empty_pages: bool = False  # an empty page follows each page
    gone: str = "syncStateNotFound"

    def add(self, mail: str | None, first: str = "", last: str = "", **more: Any) -> str:
        """A new user; the object id."""
        oid = str(more.pop("id", None) or uuid.uuid4())
        upn = more.pop("userPrincipalName", mail or f"{oid[:8]}@example.com")
        said = {
            "userPrincipalName": upn, "mail": mail, "givenName": first or None,
            "surname": last or None, "displayName": f"{first} {last}".strip() or upn,
            "accountEnabled": True, "userType": "Member", **more,
        }  # fmt: skip
        self.rows[oid] = {name: value for name, value in said.items() if value is not None}
        self.removed.pop(oid, None)
        self._note(oid, frozenset(PROPERTIES))
        return oid

    def change(self, oid: str, **more: Any) -> None:
        """New values; None takes one away."""
        self.rows[oid] |= more
        self._note(oid, frozenset(more))

    def remove(self, oid: str, reason: str = "changed") -> None:
        """Deleted; `changed` when it can be restored."""
        del self.rows[oid]
        self.removed[oid] = reason
        self._note(oid, frozenset())

    def _note(self, oid: str, names: frozenset[str]) -> None:
        self.history.setdefault(oid, []).append((len(self.changes), names))
        self.changes.append((oid, names))

    def expire(self) -> None:
        """No position is known any more: seven days are over, or the tenant was moved."""
        self.tokens.clear()


def _delta(graph: Any, request: Request) -> Answer:
    users: UserTable = graph.users
    place = _place(users, request)
    if place.rest is None:
        place = _begun(users, place)
    rest = place.rest or ()
    size = 0 if place.pause else users.page_size
    page, rest = rest[:size], rest[size:]
    body: dict[str, Any] = {
        "@odata.context": f"{graph.url}/$metadata#users",
        "value": [_told(users, place, oid) for oid in page],
    }
    if rest or (users.empty_pages and page):
        again = page[-1:] if users.replays and rest and users.page_size > 1 else ()
        onward = replace(place, rest=(*again, *rest), pause=bool(users.empty_pages and page))
        body["@odata.nextLink"] = _link(graph, "$skiptoken", onward)
    else:
        after = _Place(place.select, place.until)
        body["@odata.deltaLink"] = _link(graph, "$deltatoken", after)
    return Answer(body=body)


def _link(graph: Any, name: str, place: _Place) -> str:
    key = uuid.uuid4().hex
    graph.users.tokens[key] = place
    return f"{graph.url}/users/delta?{name}={key}"


def _place(users: UserTable, request: Request) -> _Place:
    query = request.query
    given = query.get("$deltatoken") or query.get("$skiptoken")
    if not given:
        select = tuple(query.get("$select", "id,displayName,userPrincipalName").split(","))
        if set(select) - PROPERTIES:
            raise NoError(400, "BadRequest")
        return _Place(select, 0)
    if len(query) != 1:  # what was selected stands in the token
        raise NoError(400, "BadRequest")
    if given not in users.tokens:
        there = f"{request.realm.url}/v1.0/users/delta?$deltatoken="
        raise NoError(410, users.gone, Location=there)
    return users.tokens[given]


def _begun(users: UserTable, place: _Place) -> _Place:
    """A round tells everybody, or whoever changed since the one before."""
    tracked = set(place.select)
    changed = [oid for oid, names in users.changes[place.since :] if not names or names & tracked]
    oids = dict.fromkeys(changed if place.since else users.rows)
    return replace(place, rest=tuple(oids), until=len(users.changes))


def _told(users: UserTable, place: _Place, oid: str) -> dict[str, Any]:
    if oid in users.removed:
        return {"id": oid, "@removed": {"reason": users.removed[oid]}}
    row, changed = users.rows[oid], _changed(users, place, oid)
    names = set(place.select) - {"id", "manager"}
    if users.partial and place.since:
        names &= changed
    told = {"id": oid, **{name: row[name] for name in sorted(names) if name in row}}
    # An unchanged manager is left out of later rounds, whatever else is told.
    wanted = "manager" in place.select and "manager" in row and "manager" in changed
    return told | (_manager(row["manager"]) if wanted else {})


def _changed(users: UserTable, place: _Place, oid: str) -> set[str]:
    return {n for at, names in users.history[oid] if at >= place.since for n in names}


def _manager(now: str | None) -> dict[str, Any]:
    kind = "#microsoft.graph.user"
    before = {"@odata.type": kind, "id": str(uuid.uuid4()), "@removed": {"reason": "deleted"}}
    return {"manager@delta": [before, *([{"@odata.type": kind, "id": now}] if now else [])]}


def _purpose(graph: Any, request: Request) -> Answer:
    oid = request.caught[0]
    if oid not in graph.users.rows:
        raise NoError(404, "ErrorInvalidUser")
    if oid not in graph.users.purposes:
        raise NoError(404, "MailboxNotEnabledForRESTAPI")
    return Answer(body={"value": graph.users.purposes[oid]})


def _zone(graph: Any, request: Request) -> Answer:
    oid = request.caught[0]
    if oid not in graph.users.rows:
        raise NoError(404, "ErrorInvalidUser")
    if oid not in graph.users.zones:
        raise NoError(404, "MailboxNotEnabledForRESTAPI")
    context = f"{graph.url}/$metadata#users('{oid}')/mailboxSettings/timeZone"
    return Answer(body={"@odata.context": context, "value": graph.users.zones[oid]})


USERS = (
    Route(
        "GET", "/users/delta", _delta, frozenset({"User.Read.All", "Directory.Read.All"}),
        frozenset({"$select", "$deltatoken", "$skiptoken"}), cost=2, headers=frozenset({"prefer"}),
    ),
    Route(
        "GET", "/users/([0-9a-f-]{36})/mailboxSettings/userPurpose", _purpose,
        frozenset({"MailboxSettings.Read"}),
    ),
    Route(
        "GET", "/users/([0-9a-f-]{36})/mailboxSettings/timeZone", _zone,
        frozenset({"MailboxSettings.Read"}),
    ),
)  # fmt: skip
