"""As much of Graph as sign-in needs: one user, and whether users may be read at all."""

import time
from typing import Any

from tests.standins.entra.contract import Answer
from tests.standins.entra.realm import Person, Realm

SELECTABLE = {"id", "accountEnabled", "userType", "mail", "userPrincipalName", "displayName"}


class NoError(Exception):
    """Graph's "no"."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer = Answer(status, {"error": {"code": code, "message": f"{code}."}})


def graph(
    realm: Realm,
    method: str,
    path: str,
    asked: dict[str, str],
    headers: dict[str, str],
    _body: bytes = b"",
) -> Answer:
    """Answer one request below /v1.0."""
    try:
        _authorize(realm, headers)
        return Answer(body=_users(realm, method, path, asked))
    except NoError as no:
        return no.answer


def _authorize(realm: Realm, headers: dict[str, str]) -> None:
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or realm.app_tokens.get(given, 0) < time.time():
        raise NoError(401, "InvalidAuthenticationToken")
    if "User.Read.All" not in realm.granted:
        raise NoError(403, "Authorization_RequestDenied")


def _users(realm: Realm, method: str, path: str, asked: dict[str, str]) -> dict[str, Any]:
    parts = path.removeprefix("/v1.0/").split("/")
    if method != "GET" or parts[0] != "users" or len(parts) > 2:
        raise NoError(400, "BadRequest")
    if set(asked) - {"$select", "$top"}:
        raise NoError(400, "Request_UnsupportedQuery")
    selected = asked.get("$select", "id").split(",")
    if set(selected) - SELECTABLE:
        raise NoError(400, "BadRequest")
    if len(parts) == 1:
        people = list(realm.people.values())[: int(asked.get("$top", "100"))]
        return {"value": [_user(person, selected) for person in people]}
    found = realm.by_oid(parts[1])
    if not found:
        raise NoError(404, "Request_ResourceNotFound")
    return _user(found, selected)


def _user(person: Person, selected: list[str]) -> dict[str, Any]:
    everything = {
        "id": person.oid,
        "accountEnabled": person.enabled,
        "userType": "Guest" if person.guest else "Member",
        "mail": person.mail or None,
        "userPrincipalName": person.upn,
        "displayName": person.name,
    }
    return {name: everything[name] for name in selected}
