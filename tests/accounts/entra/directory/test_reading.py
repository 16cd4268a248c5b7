"""Rounds of users/delta: whole or not at all, whatever Graph does meanwhile."""

from datetime import timedelta

import pytest

from accounts.entra.directory.delta import page_get
from accounts.entra.directory.models import EntraAccount, EntraPage, EntraReading, EntraRules
from accounts.entra.directory.reading import BeingReadError, directory_read, reading_due
from accounts.entra.directory.rules import accounts_count
from accounts.entra.errors import EntraError, Refused, Throttled, Unreachable
from tests.factories import NOON
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer
from tests.standins.graph import Graph

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def names() -> set[str]:
    return {account.told["givenName"] for account in EntraAccount.objects.all()}


def told(oid: str) -> dict[str, object]:
    found: dict[str, object] = EntraAccount.objects.get(oid=oid).told
    return found


def people(graph: Graph, *first: str) -> list[str]:
    return [graph.users.add(f"{name.lower()}@example.com", name, "Berger") for name in first]


def test_everybody_is_read_over_pages_empty_pages_and_replays(graph: Graph) -> None:
    """Removed: the merge by object id of `_page_merge`, or following a page without people."""
    people(graph, "Bob", "Carla", "Deniz", "Erik", "Fatma")
    graph.users.page_size, graph.users.empty_pages, graph.users.replays = 2, True, True
    reading = directory_read(now=NOON)
    assert names() == {"Bob", "Carla", "Deniz", "Erik", "Fatma"}
    assert "$deltatoken=" in reading.link
    assert reading.complete_at == NOON
    assert not EntraPage.objects.exists()


def test_properties_are_selected_once_and_links_are_followed_whole(
    realm: Realm, graph: Graph
) -> None:
    people(graph, "Bob", "Carla", "Deniz")
    graph.users.page_size = 2
    directory_read(now=NOON)
    directory_read(now=NOON)
    asked = [set(query) for _, path, query in realm.heard if path.endswith("/users/delta")]
    assert asked == [{"$select"}, {"$skiptoken"}, {"$deltatoken"}]


@pytest.mark.parametrize("partial", [False, True], ids=["whole", "partial"])
def test_a_later_round_brings_what_changed_and_who_is_gone(graph: Graph, partial: bool) -> None:
    """Removed: `before |` in `_merged`. A partial change then forgets the name."""
    bob, carla, deniz = people(graph, "Bob", "Carla", "Deniz")
    graph.users.change(bob, manager=carla)
    directory_read(now=NOON)
    graph.users.partial = partial
    graph.users.change(bob, department="Law", mail="robert@example.com")
    graph.users.change(bob, department=None)
    graph.users.remove(carla)
    graph.users.remove(deniz, "deleted")
    people(graph, "Erik")
    directory_read(now=NOON)
    assert names() == {"Bob", "Erik"}
    assert told(bob)["mail"] == "robert@example.com"
    assert "department" not in told(bob)
    assert told(bob)["manager"] == carla  # not told again: it stayed
    graph.users.change(bob, manager=None)
    directory_read(now=NOON)
    assert "manager" not in told(bob)


@pytest.mark.parametrize("code", ["syncStateNotFound", "resyncRequired"])
def test_a_forgotten_position_leads_to_a_full_reading_that_finds_who_is_gone(
    realm: Realm, graph: Graph, code: str
) -> None:
    """Removed: `.exclude(round=…).delete()` of `round_merge`. Carla then stays for ever."""
    _, carla = people(graph, "Bob", "Carla")
    directory_read(now=NOON)
    graph.users.remove(carla)
    graph.users.changes.clear()
    graph.users.expire()
    graph.users.gone = code
    directory_read(now=NOON)
    assert names() == {"Bob"}
    assert realm.calls("/users/delta") == 3


def test_a_position_forgotten_in_the_middle_begins_anew(graph: Graph) -> None:
    people(graph, "Bob", "Carla", "Deniz")
    graph.users.page_size = 1
    graph.script = [None, Answer(410, {"error": {"code": "syncStateNotFound", "message": ""}})]
    directory_read(now=NOON)
    assert names() == {"Bob", "Carla", "Deniz"}


def test_a_change_of_somebody_never_told_as_a_whole_leads_to_a_full_reading(
    graph: Graph,
) -> None:
    bob, _ = people(graph, "Bob", "Carla")
    directory_read(now=NOON)
    EntraAccount.objects.filter(oid=bob).delete()
    graph.users.partial = True
    graph.users.change(bob, department="Law")
    directory_read(now=NOON)
    assert names() == {"Bob", "Carla"}


HALF = [
    b'{"value": [{"id": "1',
    {"value": [{"id": "no-guid"}], "@odata.nextLink": "x"},
    {"value": [{"displayName": "Bob"}], "@odata.deltaLink": "x"},
    {"value": []},
    {"value": None, "@odata.deltaLink": "x"},
    {"value": [], "@odata.nextLink": "x", "@odata.deltaLink": "y"},
    {"value": [[]], "@odata.deltaLink": "x"},
]


@pytest.mark.parametrize("body", HALF, ids=range(len(HALF)))
def test_a_broken_page_in_the_middle_changes_nothing_and_is_asked_for_again(
    graph: Graph, body: dict[str, object] | bytes
) -> None:
    """Removed: any condition of `page_get` or `_change`."""
    people(graph, "Bob", "Carla", "Deniz")
    directory_read(now=NOON)
    people(graph, "Erik", "Fatma", "Goran")
    graph.users.page_size = 1
    graph.script = [None, Answer(200, body)]
    with pytest.raises(Unreachable):
        directory_read(now=NOON)
    assert names() == {"Bob", "Carla", "Deniz"}
    reading = EntraReading.objects.here()
    assert reading.trouble
    assert reading.next_at == NOON + timedelta(seconds=30)
    directory_read(now=NOON)
    assert names() == {"Bob", "Carla", "Deniz", "Erik", "Fatma", "Goran"}


def test_a_page_that_leads_to_itself_ends_the_reading(graph: Graph) -> None:
    """Removed: the comparison of links in `page_get`. This test then never ends."""
    people(graph, "Bob", "Carla", "Deniz")
    graph.users.page_size = 1
    itself = f"{graph.url}/users/delta?$skiptoken=1"
    graph.script = [Answer(200, {"value": [], "@odata.nextLink": itself})] * 2
    with pytest.raises(Unreachable, match="leads to itself"):
        directory_read(now=NOON)


def test_whoever_is_throttled_waits_as_long_as_graph_says_and_goes_on_there(
    realm: Realm, graph: Graph
) -> None:
    """Removed: `error.retry_after` of `_wait`. Graph's limits are then broken, and so is this."""
    people(graph, "Bob", "Carla", "Deniz")
    graph.users.page_size = 1
    clock = [0.0]
    graph.limits.clock = lambda: clock[0]
    graph.script = [None, Answer(429, {"error": {"code": "x"}}, {"Retry-After": "120"})]
    with pytest.raises(Throttled):
        directory_read(now=NOON)
    assert not reading_due(now=NOON + timedelta(seconds=119))
    assert reading_due(now=NOON + timedelta(seconds=120))
    assert not names()
    clock[0] = 120.0
    directory_read(now=NOON + timedelta(seconds=120))
    assert names() == {"Bob", "Carla", "Deniz"}
    assert realm.calls("/users/delta") == 4  # no page was asked for twice


def test_without_a_word_how_long_the_wait_doubles(graph: Graph) -> None:
    waits = []
    for _ in range(9):
        graph.script = [Answer(429, {"error": {"code": "TooManyRequests", "message": ""}})]
        with pytest.raises(Throttled):
            directory_read(now=NOON)
        waits.append((EntraReading.objects.here().next_at - NOON).total_seconds())
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    directory_read(now=NOON)
    reading = EntraReading.objects.here()
    assert (reading.failures, reading.trouble, reading.next_at) == (0, "", None)


def test_a_missing_permission_is_said_and_tried_again_in_an_hour(
    realm: Realm, graph: Graph
) -> None:
    realm.permissions = set()
    with pytest.raises(Refused):
        directory_read(now=NOON)
    reading = EntraReading.objects.here()
    assert "the application permission User.Read.All is missing" in reading.trouble
    assert reading.next_at == NOON + timedelta(hours=1)


def test_a_token_that_was_taken_back_costs_half_a_minute_and_no_hour(
    realm: Realm, graph: Graph
) -> None:
    """Removed: `_of_the_token`. The reading then waits an hour for nothing."""
    people(graph, "Bob")
    directory_read(now=NOON)
    realm.app_tokens.clear()
    with pytest.raises(Refused):
        directory_read(now=NOON)
    assert EntraReading.objects.here().next_at == NOON + timedelta(seconds=30)
    directory_read(now=NOON + timedelta(seconds=30))
    assert EntraReading.objects.here().trouble == ""


def test_two_never_read_at_once_and_one_that_died_is_replaced(graph: Graph) -> None:
    people(graph, "Bob")
    EntraReading.objects.made()
    EntraReading.objects.update(claim="11111111-2222-3333-4444-555555555555", claimed_at=NOON)
    with pytest.raises(BeingReadError):
        directory_read(now=NOON + timedelta(minutes=29))
    directory_read(now=NOON + timedelta(minutes=30))
    assert names() == {"Bob"}


def test_whoever_was_taken_for_dead_changes_nothing(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed: `claim=` of `_move`."""
    people(graph, "Bob")

    def slowly(*arguments: object) -> object:
        page = page_get(*arguments)  # type: ignore[arg-type]
        EntraReading.objects.update(claim="11111111-2222-3333-4444-555555555555")
        return page

    monkeypatch.setattr("accounts.entra.directory.reading.page_get", slowly)
    with pytest.raises(BeingReadError):
        directory_read(now=NOON)
    assert not names()
    assert not EntraReading.objects.here().link


def test_another_tenant_is_read_from_nothing(realm: Realm, graph: Graph) -> None:
    people(graph, "Bob")
    directory_read(now=NOON)
    EntraReading.objects.update(tenant="99999999-2222-3333-4444-555555555555")
    EntraAccount.objects.create(oid="11111111-2222-3333-4444-555555555555", told={}, round=0)
    directory_read(now=NOON)
    assert names() == {"Bob"}


def test_groups_are_read_whole_or_not_at_all(realm: Realm, graph: Graph) -> None:
    bob, carla, _ = people(graph, "Bob", "Carla", "Deniz")
    group = graph.groups.add(bob, carla)
    graph.groups.page_size = 1
    EntraRules.objects.create(groups=[group])
    with pytest.raises(EntraError, match=r"GroupMember\.Read\.All is missing"):
        directory_read(now=NOON)
    realm.permissions.add("GroupMember.Read.All")
    realm.app_tokens.clear()
    with pytest.raises(Refused):
        directory_read(now=NOON)  # the token is refused, and forgotten
    directory_read(now=NOON)
    rules = EntraRules.current()
    assert accounts_count(rules) == {"person": 2, "group": 1}
    graph.script = [None, None, Answer(503, {"error": {"code": "x"}})]
    with pytest.raises(Unreachable):
        directory_read(now=NOON)
    assert accounts_count(rules) == {"person": 2, "group": 1}
    graph.groups.rows.clear()
    with pytest.raises(EntraError, match="no group"):
        directory_read(now=NOON)
    assert accounts_count(rules) == {"person": 2, "group": 1}
