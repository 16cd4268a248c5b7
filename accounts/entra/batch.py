"""Several questions to Microsoft Graph in one request; each has its own answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.entra.errors import Unreachable
from accounts.entra.graph import GraphClient

# https://learn.microsoft.com/graph/json-batching
MOST = 20


@dataclass(frozen=True)
class Part:
    """One answer: HTTP status, body, and how many seconds to wait when it says so."""

    status: int
    body: Mapping[str, Any]
    retry_after: float | None = None


def batch_get(graph: GraphClient, paths: Sequence[str]) -> list[Part]:
    """GET each of at most twenty `paths`; the answers in their order, whatever they say.

    Raises EntraError when the batch itself fails, or leaves a question without an answer.
    """
    asked = [{"id": str(n), "method": "GET", "url": path} for n, path in enumerate(paths)]
    told = graph.post("/$batch", {"requests": asked}).get("responses")
    parts = {str(one.get("id")): _part(one) for one in _answers(told)}
    if parts.keys() != {one["id"] for one in asked}:
        raise Unreachable("Microsoft Graph answered half a batch.", maybe_done=False)
    return [parts[one["id"]] for one in asked]


def _answers(told: object) -> list[dict[str, Any]]:
    objects = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return [one for one in objects if isinstance(one.get("status"), int)]


def _part(one: Mapping[str, Any]) -> Part:
    body, headers = one.get("body"), one.get("headers")
    said = str(headers.get("Retry-After", "")) if isinstance(headers, dict) else ""
    return Part(
        status=one["status"],
        body=body if isinstance(body, dict) else {},
        retry_after=float(said) if said.isdecimal() else None,
    )
