"""Which app roles somebody holds now, where Microsoft lets us ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from accounts.entra.config import tenant
from accounts.entra.errors import Refused
from accounts.entra.graph import GraphClient
from accounts.entra.tokens import app_token, roles_of

# The least that tells; never needed: without it roles are those of the last sign-in.
# https://learn.microsoft.com/graph/api/user-list-approleassignments
NEEDED = "Directory.Read.All"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AppRoles:
    """The application in the tenant, and what its roles are called."""

    resource: str
    names: Mapping[str, str]


def app_roles(graph: GraphClient) -> AppRoles | None:
    """The application's roles; None where they may not be read. Raises EntraError.

    A refusal ends this question alone: accounts are looked at all the same.
    """
    where = tenant()
    if NEEDED not in roles_of(app_token(where.graph_scope)):
        return None
    path = f"/servicePrincipals(appId='{where.client_id}')"
    try:
        found = graph.get(path, {"$select": "id,appRoles"})
    except Refused as refused:
        log.warning("entra_roles_not_read", reason=str(refused))
        return None
    roles = [role for role in found.get("appRoles") or [] if role.get("isEnabled")]
    return AppRoles(str(found.get("id")), {str(role["id"]): str(role["value"]) for role in roles})


def roles_held(graph: GraphClient, oid: str, roles: AppRoles) -> list[str]:
    """The values of the roles that an account holds, itself or by a group. Raises EntraError."""
    query: dict[str, str] | None = {"$filter": f"resourceId eq {roles.resource}"}
    path, held = f"/users/{oid}/appRoleAssignments", list[str]()
    while path:
        page: dict[str, Any] = graph.get(path, query)
        given = (str(one.get("appRoleId")) for one in page.get("value") or [])
        held += [roles.names[each] for each in given if each in roles.names]
        path, query = str(page.get("@odata.nextLink") or ""), None
    return held
