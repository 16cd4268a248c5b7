"""Finds the route of a request, and refuses what is not in the published contract."""

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.standins.entra.contract import Answer
from tests.standins.entra.graph import graph as small_graph
from tests.standins.entra.realm import Realm
from tests.standins.graph.batch import BATCH
from tests.standins.graph.contract import NoError, Request, Route
from tests.standins.graph.groups import GROUPS, GroupTable
from tests.standins.graph.limits import Limits
from tests.standins.graph.users import USERS, UserTable

_HTTP = {
    "authorization", "host", "user-agent", "accept", "accept-encoding", "connection",
    "content-length", "content-type",
}  # fmt: skip


@dataclass
class Graph:
    """One tenant's Graph: `realm.graph = Graph(realm)`."""

    realm: Realm
    tables: Sequence[Sequence[Route]] = (USERS, GROUPS, BATCH)
    limits: Limits = field(default_factory=Limits)
    users: UserTable = field(default_factory=UserTable)
    groups: GroupTable = field(default_factory=GroupTable)
    # Answers given instead, in this order; None is Graph's own. A Retry-After counts.
    script: list[Answer | None] = field(default_factory=list)
    # The same for each request in a batch.
    script_in_batch: list[Answer | None] = field(default_factory=list)
    # State of further tables (mail …), by name.
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it lives."""
        return f"{self.realm.url}/v1.0"

    def __call__(  # noqa: PLR0917 - as the tenant's server calls it
        self,
        realm: Realm,
        method: str,
        path: str,
        query: dict[str, str],
        headers: dict[str, str],
        body: bytes = b"",
    ) -> Answer:
        """Answer one request."""
        request = Request(realm, method, path.removeprefix("/v1.0"), query, headers, body)
        return self.answer(request, self.script)

    def answer(self, request: Request, script: list[Answer | None]) -> Answer:
        """Answer one request, alone or in a batch; the first of `script` comes instead."""
        try:
            return self._answer(request, script)
        except NoError as no:
            return no.answer

    def _answer(self, request: Request, script: list[Answer | None]) -> Answer:
        route, caught = self._route(request)
        if not self.limits.spend(route.cost if route else 1, request.path):
            raise NoError(429, "TooManyRequests", Retry_After="10")
        if ready := self._scripted(script):
            return ready
        if route is None:
            return small_graph(
                request.realm, request.method, f"/v1.0{request.path}", request.query,
                request.headers,
            )  # fmt: skip
        _check(request, route)
        return route.answer(self, dataclasses.replace(request, caught=caught))

    def _route(self, request: Request) -> tuple[Route | None, tuple[str, ...]]:
        for route in (route for table in self.tables for route in table):
            if found := route.match(request.method, request.path):
                return route, found.groups()
        return None, ()

    def _scripted(self, script: list[Answer | None]) -> Answer | None:
        ready = script.pop(0) if script else None
        if ready and script is self.script and "Retry-After" in ready.headers:
            self.limits.patience(float(ready.headers["Retry-After"]))
        return ready


def _check(request: Request, route: Route) -> None:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or request.realm.app_tokens.get(given, 0) < time.time():
        raise NoError(401, "InvalidAuthenticationToken")
    if route.permissions and not route.permissions & request.realm.granted:
        raise NoError(403, "Authorization_RequestDenied")
    if set(request.query) - route.query:
        raise NoError(400, "Request_UnsupportedQuery")
    if set(request.headers) - _HTTP - route.headers:
        raise NoError(400, "Request_UnknownHeader")
