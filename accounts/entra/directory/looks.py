"""The check's looks at what the rules need beyond the people themselves."""

from contextlib import closing
from datetime import datetime

from accounts.entra.config import Tenant
from accounts.entra.directory.members import group_look
from accounts.entra.directory.models import EntraRules
from accounts.entra.directory.zones import DENIED, zones_path
from accounts.entra.directory.zones import NEEDED as ZONES
from accounts.entra.errors import EntraError, GraphRefusal
from accounts.entra.findings import BAD, GOOD, WARN, Said
from accounts.entra.graph import GraphClient

_DENIED = 403


def groups(where: Tenant, _now: datetime) -> Said:
    """Each group of the rules; nothing is said while they name none."""
    with closing(GraphClient(where)) as graph:
        for group in EntraRules.current().groups:
            yield _group(graph, group)


def _group(graph: GraphClient, group: str) -> tuple[str, str]:
    try:
        group_look(graph, group)
    except EntraError as error:
        return BAD, str(error)
    return GOOD, f"The members of the group {group} may be read."


def time_zones(where: Tenant, _now: datetime) -> Said:
    """Nothing is said while nobody wants them."""
    if not EntraRules.current().ask_zone:
        return
    with closing(GraphClient(where)) as graph:
        users = graph.get("/users", {"$top": "1", "$select": "id"}).get("value") or []
        asked = all(_may_ask_zone(graph, str(user["id"])) for user in users)
    yield (
        (GOOD, f"Time zones of mailboxes may be asked for ({ZONES}).") if asked else (WARN, DENIED)
    )


def _may_ask_zone(graph: GraphClient, oid: str) -> bool:
    try:
        graph.get(zones_path(oid))
    except GraphRefusal as refusal:
        return refusal.status != _DENIED  # without a mailbox it was asked for all the same
    return True
