"""Groups and who is in them, page by page.

https://learn.microsoft.com/graph/api/group-list-transitivemembers
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.standins.entra.contract import Answer
from tests.standins.graph.contract import NoError, Request, Route

MOST = 999


@dataclass
class GroupTable:
    """Group → object ids of its members."""

    rows: dict[str, list[str]] = field(default_factory=dict)
    page_size: int = MOST

    def add(self, *members: str) -> str:
        """A new group; its object id."""
        group = str(uuid.uuid4())
        self.rows[group] = list(members)
        return group


def _members(graph: Any, request: Request) -> Answer:
    group, query = request.caught[0], request.query
    if group not in graph.groups.rows:
        raise NoError(404, "Request_ResourceNotFound")
    if query.get("$select") != "id" or not 1 <= int(query.get("$top", "100")) <= MOST:
        raise NoError(400, "BadRequest")
    start = int(query.get("$skiptoken", "0"))
    size = min(int(query.get("$top", "100")), graph.groups.page_size)
    rows = graph.groups.rows[group]
    value = [{"@odata.type": "#microsoft.graph.user", "id": oid} for oid in rows[start:][:size]]
    body: dict[str, Any] = {"value": value}
    if start + size < len(rows):
        asked = f"$select=id&$top={query.get('$top', '100')}&$skiptoken={start + size}"
        body["@odata.nextLink"] = f"{graph.url}/groups/{group}/transitiveMembers?{asked}"
    return Answer(body=body)


GROUPS = (
    Route(
        "GET", "/groups/([0-9a-f-]{36})/transitiveMembers", _members,
        frozenset({"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"}),
        frozenset({"$select", "$top", "$skiptoken"}), cost=5,
    ),
)  # fmt: skip
