"""What a route of Graph knows; everything else is refused.

A module of routes (users, groups, mail …) makes a tuple of `Route`s; `Graph` takes several.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.standins.entra.contract import Answer
from tests.standins.entra.realm import Realm


@dataclass(frozen=True)
class Request:
    """One request below /v1.0, its token already found good."""

    realm: Realm
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    # What the route's pattern caught.
    caught: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """One method and path, the permissions of which one is needed, and what may be asked."""

    method: str
    path: str  # a regular expression below /v1.0
    answer: Callable[[Any, Request], Answer]
    permissions: frozenset[str]
    query: frozenset[str] = frozenset()
    cost: int = 1  # resource units: https://learn.microsoft.com/graph/throttling-limits
    # Of the request itself; those of every HTTP client are always known.
    headers: frozenset[str] = field(default_factory=frozenset)

    def match(self, method: str, path: str) -> re.Match[str] | None:
        """Whether the request is this route's."""
        return re.fullmatch(self.path, path) if method == self.method else None


class NoError(Exception):
    """Graph's "no": status, code and headers."""

    def __init__(self, status: int, code: str, **headers: str) -> None:
        super().__init__(code)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = Answer(status, {"error": {"code": code, "message": f"{code}."}}, named)
