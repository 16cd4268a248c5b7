"""Several questions in one request: what Graph's contract asks for, and what the answers say."""

import json
import uuid
from typing import Any

import pytest
import requests

from accounts.entra.batch import MOST, batch_get
from accounts.entra.errors import Throttled, Unreachable
from accounts.entra.graph import graph_session
from accounts.entra.tokens import app_token
from tests.accounts.entra.directory.conftest import graph
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer
from tests.standins.graph import Graph

__all__ = ["graph"]
pytestmark = pytest.mark.django_db


def zone(oid: str) -> str:
    return f"/users/{oid}/mailboxSettings/timeZone"


def test_each_answer_comes_to_its_question(realm: Realm, graph: Graph) -> None:
    """The stand-in answers in reverse. Removed: the order by id; Bob's zone is Carla's."""
    realm.permissions.add("MailboxSettings.Read")
    bob, carla = (graph.users.add(f"{name}@example.com", name) for name in ("bob", "carla"))
    graph.users.zones |= {bob: "Romance Standard Time", carla: "Europe/Rome"}
    graph.script_in_batch = [None, None, Answer(429, {}, {"Retry-After": "7"})]
    parts = batch_get(graph_session(), [zone(bob), zone(carla), zone(bob)])
    assert [part.body.get("value") for part in parts[:2]] == [
        "Romance Standard Time",
        "Europe/Rome",
    ]
    assert (parts[2].status, parts[2].retry_after) == (429, 7)
    assert realm.calls("/$batch") == 1


def test_permissions_are_each_requests_own(realm: Realm, graph: Graph) -> None:
    bob = graph.users.add("bob@example.com", "Bob")
    one, other = batch_get(graph_session(), [zone(bob), "/users?$top=1&$select=id"])
    assert (one.status, other.status) == (403, 200)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"responses": None},
        {"responses": []},
        {"responses": [{"id": "0", "status": 200}]},
        {"responses": [{"id": "0", "status": 200}, {"id": "0", "status": 200}]},
        {"responses": [{"id": "0", "status": 200}, {"id": "1"}]},
        {"responses": [{"id": str(number), "status": 200} for number in range(3)]},
    ],
)
def test_half_a_batch_is_none(realm: Realm, graph: Graph, told: dict[str, Any]) -> None:
    graph.script.append(Answer(body=told))
    with pytest.raises(Unreachable, match="half a batch"):
        batch_get(graph_session(), ["/users", "/users"])


def test_a_batch_may_be_put_off_as_a_whole(realm: Realm, graph: Graph) -> None:
    graph.script.append(Answer(429, {}, {"Retry-After": "3"}))
    with pytest.raises(Throttled) as caught:
        batch_get(graph_session(), ["/users"])
    assert caught.value.retry_after == 3


GOOD = {"id": "1", "method": "GET", "url": "/users?$top=1"}


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [GOOD | {"id": str(n)} for n in range(MOST + 1)],
        [GOOD, GOOD],
        [GOOD | {"id": "a"}, GOOD | {"id": "A"}],
        [GOOD | {"id": 1}],
        [GOOD | {"url": "https://localhost/v1.0/users"}],
        [GOOD | {"url": "/v1.0/users"}],
        [GOOD | {"url": "users"}],
        [GOOD | {"url": "/$batch", "method": "POST"}],
        [GOOD | {"method": "get"}],
        [GOOD | {"priority": 1}],
        [GOOD | {"body": {}}],
        [GOOD | {"method": "POST", "body": {}}],
        [GOOD | {"headers": {"Authorization": "Bearer x"}}],
        [GOOD | {"dependsOn": ["2"]}],
    ],
)
def test_the_stand_in_takes_nothing_that_graph_does_not(
    realm: Realm, graph: Graph, wrong: list[dict[str, Any]]
) -> None:
    token = app_token(f"{realm.url}/.default")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def asked(told: list[dict[str, Any]]) -> int:
        return requests.post(
            f"{realm.url}/v1.0/$batch", json.dumps({"requests": told}), headers=headers,
            verify=realm.ca_file, timeout=5,
        ).status_code  # fmt: skip

    assert asked([GOOD | {"id": str(uuid.uuid4())} for _ in range(MOST)]) == 200
    assert asked(wrong) == 400
