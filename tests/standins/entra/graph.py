"""As much of Graph as sign-in needs: one user, and whether users may be read at all."""

import time
from typing import Any

from tests.standins.entra.contract import Answer
from tests.standins.entra.realm import Person, Realm

SELECTABLE = {"id", "accountEnabled", "userType", "mail", "userPrincipalName", "displayName"}


APP_ROLES = ("Optrail.Admin", "Optrail.Officer", "Optrail.Auditor")


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
        told = _roles(realm, method, path, asked)
        return Answer(body=_users(realm, method, path, asked) if told is None else told)
    except NoError as no:
        return no.answer


def _authorize(realm: Realm, headers: dict[str, str]) -> None:
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or realm.app_tokens.get(given, 0) < time.time():
        raise NoError(401, "InvalidAuthenticationToken")
    if "User.Read.All" not in realm.granted:
        raise NoError(403, "Authorization_RequestDenied")


def _roles(realm: Realm, method: str, path: str, asked: dict[str, str]) -> dict[str, Any] | None:
    """The application in the tenant, and who was given which of its roles; None: neither."""
    principal = f"/v1.0/servicePrincipals(appId='{realm.client_id}')"
    assigned = path.endswith("/appRoleAssignments")
    if not assigned and path != principal:
        return None
    if "Directory.Read.All" not in realm.granted:
        raise NoError(403, "Authorization_RequestDenied")
    wanted = (
        {"$filter": f"resourceId eq {realm.principal}"} if assigned else {"$select": "id,appRoles"}
    )
    if method != "GET" or asked != wanted:
        raise NoError(400, "Request_UnsupportedQuery")
    return _assignments(realm, path.split("/")[3]) if assigned else _principal(realm)


def _principal(realm: Realm) -> dict[str, Any]:
    roles = [
        {"id": realm.role_id(name), "value": name, "displayName": name, "isEnabled": True}
        for name in APP_ROLES
    ]
    return {"id": realm.principal, "appRoles": roles}


def _assignments(realm: Realm, oid: str) -> dict[str, Any]:
    person = realm.by_oid(oid)
    if not person:
        raise NoError(404, "Request_ResourceNotFound")
    value = [
        {"appRoleId": realm.role_id(name), "principalId": oid, "resourceId": realm.principal}
        for name in person.roles
    ]
    return {"value": value}


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
