"""Graph: one request, one answer or one typed error."""

import pytest
import requests
from pytest_django import Settings

from accounts.entra.errors import EntraError, Gone, Refused, Throttled, Unreachable
from accounts.entra.graph import GraphClient, graph_session
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def graph(realm: Realm) -> GraphClient:
    return graph_session()


def error(code: str) -> dict[str, object]:
    return {"error": {"code": code, "message": "alice@example.com is not here"}}


def test_a_user_is_read_with_the_applications_token(realm: Realm, graph: GraphClient) -> None:
    alice = realm.add("alice@example.com", "Alice")
    found = graph.get(f"/users/{alice.oid}", {"$select": "id,accountEnabled"})
    assert found == {"id": alice.oid, "accountEnabled": True}


def test_a_whole_link_of_graph_is_followed(realm: Realm, graph: GraphClient) -> None:
    alice = realm.add("alice@example.com", "Alice")
    assert graph.get(f"{realm.url}/v1.0/users/{alice.oid}?$select=id") == {"id": alice.oid}


@pytest.mark.parametrize(
    "url", ["https://evil.example/v1.0/users", "{url}.evil.example/v1.0/users", "{url}/beta/users"]
)
def test_our_token_goes_to_graph_and_nowhere_else(
    realm: Realm, graph: GraphClient, url: str
) -> None:
    """Followed any link: fails."""
    with pytest.raises(EntraError, match="another host"):
        graph.get(url.format(url=realm.url))
    assert realm.heard == []


@pytest.mark.parametrize(
    ("answer", "kind", "facts"),
    [
        (Answer(429, {}, {"Retry-After": "17"}), Throttled, {"retry_after": 17.0}),
        (Answer(429, "busy"), Throttled, {"retry_after": None}),
        (Answer(429, {}, {"Retry-After": "soon"}), Throttled, {"retry_after": None}),
        (Answer(410, error("resyncRequired")), Gone, {"status": 410}),
        (Answer(400, error("syncStateNotFound")), Gone, {"code": "syncStateNotFound"}),
        (Answer(403, error("Authorization_RequestDenied")), Refused, {"status": 403}),
        (Answer(404, "<html>"), Refused, {"status": 404, "code": ""}),
        (Answer(500, error("internal")), Unreachable, {"status": 500, "maybe_done": True}),
        (Answer(504, ""), Unreachable, {"status": 504, "maybe_done": True}),
        (
            Answer(503, "", {"Retry-After": "9"}),
            Unreachable,
            {"maybe_done": False, "retry_after": 9.0},
        ),
        (Answer(200, '{"value": [{"id"'), Unreachable, {"maybe_done": True}),
        (Answer(302, "", {"Location": "https://evil.example/"}), Refused, {"status": 302}),
    ],
)
def test_a_no_is_a_typed_error_that_names_nobody(
    realm: Realm,
    graph: GraphClient,
    answer: Answer,
    kind: type[EntraError],
    facts: dict[str, object],
) -> None:
    realm.instead["users"] = [answer]
    with pytest.raises(kind) as raised:
        graph.get("/users")
    assert {name: getattr(raised.value, name) for name in facts} == facts
    assert "alice" not in str(raised.value)
    assert realm.calls("/users") == 1  # tried once


def test_an_empty_answer_is_an_empty_mapping(realm: Realm, graph: GraphClient) -> None:
    realm.instead["sendMail"] = [Answer(202)]
    content = {"Content-Type": "text/plain"}
    assert graph.post("/users/x/sendMail", content=b"TUlNRQ==", headers=content, timeout=5) == {}
    graph.close()


def test_a_token_that_graph_refuses_is_not_used_again(realm: Realm, graph: GraphClient) -> None:
    """Removed the forgetting: fails, the old token is given out until its end."""
    alice = realm.add("alice@example.com", "Alice")
    graph.get(f"/users/{alice.oid}")
    realm.app_tokens.clear()
    with pytest.raises(Refused) as refused:
        graph.get(f"/users/{alice.oid}")
    assert refused.value.status == 401
    assert graph.get(f"/users/{alice.oid}") == {"id": alice.oid}


def test_a_closed_door_means_that_nothing_was_done(realm: Realm, settings: Settings) -> None:
    settings.ENTRA = {**realm.settings(), "graph_url": "https://localhost:9"}
    with pytest.raises(Unreachable) as closed:
        graph_session().post("/users/x/sendMail", content=b"x")
    assert closed.value.maybe_done is False


def test_a_line_that_breaks_after_the_request_leaves_it_open(
    realm: Realm, graph: GraphClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.get("/users", {"$top": "1"})

    def broken(*_: object, **__: object) -> requests.Response:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests.Session, "request", broken)
    with pytest.raises(Unreachable) as lost:
        graph.post("/users/x/sendMail", content=b"x")
    assert lost.value.maybe_done is True
