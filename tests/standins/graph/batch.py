"""Several requests in one, each answered by itself and in no order.

https://learn.microsoft.com/graph/json-batching
"""

import dataclasses
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.standins.entra.contract import Answer
from tests.standins.graph.contract import NoError, Request, Route

MOST = 20
_KNOWN = {"id", "method", "url", "headers", "body", "dependsOn"}
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def _batch(graph: Any, request: Request) -> Answer:
    told = _requests(request)
    # Whoever relies on an order finds none.
    answers = [_answer(graph, request, one) for one in told]
    # Nobody was told before all of them were asked.
    graph.limits.patience(max(float(one["headers"].get("Retry-After", 0)) for one in answers))
    return Answer(body={"responses": answers[::-1]})


def _requests(request: Request) -> list[dict[str, Any]]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise NoError(415, "UnsupportedMediaType")
    try:
        told = json.loads(request.body)["requests"]
    except (ValueError, KeyError, TypeError):
        raise NoError(400, "BadRequest") from None
    if not isinstance(told, list) or not 1 <= len(told) <= MOST:
        raise NoError(400, "BadRequest")
    ids = [str(one.get("id", "")).lower() for one in told]
    if "" in ids or len(set(ids)) != len(ids) or not all(_is_known(one, ids) for one in told):
        raise NoError(400, "BadRequest")
    return told


def _is_known(one: dict[str, Any], ids: list[str]) -> bool:
    """Addresses are relative to the version, bodies say what they are, others' ids are there."""
    url, headers = str(one.get("url", "")), one.get("headers", {})
    names = {name.lower() for name in headers}
    return (
        not set(one) - _KNOWN
        and isinstance(one["id"], str)
        and one.get("method") in _METHODS
        and url.startswith("/")
        and not url.startswith(("//", "/v1.0", "/beta", "/$batch"))
        and "authorization" not in names
        and ("body" not in one or (one["method"] != "GET" and "content-type" in names))
        and {other.lower() for other in one.get("dependsOn", [])} < {*ids, ""}
    )


def _answer(graph: Any, request: Request, one: dict[str, Any]) -> dict[str, Any]:
    """Permissions and limits are each request's own; the token is the batch's."""
    parts = urlsplit(one["url"])
    headers = {name.lower(): value for name, value in one.get("headers", {}).items()}
    headers["authorization"] = request.headers["authorization"]
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    request.realm.heard.append((one["method"], f"/v1.0{parts.path}", query))
    inner = dataclasses.replace(
        request, method=one["method"], path=parts.path, query=query, headers=headers, body=b"",
    )  # fmt: skip
    answer = graph.answer(inner, graph.script_in_batch)
    told = {"Content-Type": "application/json", **answer.headers}
    body = {"body": answer.body} if isinstance(answer.body, dict) else {}
    return {"id": one["id"], "status": answer.status, "headers": told, **body}


BATCH = (
    Route("POST", r"/\$batch", _batch, frozenset(), cost=0),
)  # fmt: skip
