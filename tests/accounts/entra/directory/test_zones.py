"""Time zones of mailboxes: asked for when wanted, twenty at a time, and never in the way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client

from accounts.directory.models import Employee
from accounts.entra.directory import zones
from accounts.entra.directory.models import EntraAccount, EntraReading, EntraRules
from accounts.entra.directory.zones import zones_due
from accounts.imports.microsoft import directory_sync
from accounts.imports.tasks import sync_directory
from tests.factories import NOON, EmployeeFactory
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer
from tests.standins.graph import Graph

pytestmark = [pytest.mark.both, pytest.mark.django_db]
PAGE, CHECK, ASKED = "/imports/microsoft/", "/microsoft/check/", "/mailboxSettings/timeZone"


@pytest.fixture
def wanted(realm: Realm) -> EntraRules:
    """Somebody switched them on and gave the permission."""
    realm.permissions.add("MailboxSettings.Read")
    return EntraRules.objects.create(ask_zone=True)


@pytest.fixture
def add(graph: Graph) -> Callable[..., str]:
    """Somebody new with a mailbox; their object id."""

    def added(name: str, zone: str = "W. Europe Standard Time", **more: str) -> str:
        oid = graph.users.add(f"{name}@example.com", name.title(), "Person", **more)
        graph.users.zones[oid] = zone
        return oid

    return added


def read(now: datetime = NOON) -> str:
    return directory_sync(actor="system", user=None, confirm=True, now=now).state


def zones_of_people() -> dict[str, str]:
    people = Employee.objects.active().values_list("first_name", "time_zone")
    return {name.lower(): zone for name, zone in people}


def test_zones_arrive_with_the_people_by_one_name_each(
    realm: Realm, graph: Graph, wanted: EntraRules, add: Callable[..., str]
) -> None:
    """Removed: the name for what Exchange spells its own way; Carla is an error and left out."""
    add("bob")
    add("deniz", "Asia/Istanbul")
    add("carla", "Customized Time Zone")
    add("gerda", "Europe/Rome", userType="Guest")
    graph.users.add("erik@example.com", "Erik", "Person")  # without a mailbox
    assert read() == "applied"
    known = {"bob": "Europe/Berlin", "deniz": "Asia/Istanbul", "carla": "", "erik": ""}
    assert zones_of_people() == known
    assert (realm.calls("/$batch"), realm.calls(ASKED)) == (1, 4)
    assert read() == "up_to_date"
    assert realm.calls(ASKED) == 4


def test_nobody_is_asked_unless_somebody_switched_it_on(
    realm: Realm, wanted: EntraRules, add: Callable[..., str]
) -> None:
    add("bob")
    EntraRules.objects.update(ask_zone=False)
    read()
    assert realm.calls("/$batch") == 0


def test_without_the_permission_people_are_read_and_it_is_said_in_words(
    realm: Realm, wanted: EntraRules, add: Callable[..., str], as_ada: Client
) -> None:
    add("bob")
    realm.add("bob@example.com", "Bob Person")
    realm.permissions.remove("MailboxSettings.Read")
    assert read() == "applied"
    assert (EntraReading.objects.get().failures, zones_due(now=NOON)) == (0, False)
    for page in (as_ada.get(PAGE), as_ada.post(CHECK)):
        assert "MailboxSettings.Read is missing" in unescape(page.content.decode())
    realm.permissions.add("MailboxSettings.Read")
    assert "may be asked for" in unescape(as_ada.post(CHECK).content.decode())
    read()
    assert zones_of_people() == {"bob": "Europe/Berlin"}
    assert not EntraReading.objects.get().zones_trouble


def test_what_a_file_knows_stays_where_no_mailbox_tells(
    graph: Graph, wanted: EntraRules, add: Callable[..., str]
) -> None:
    """Removed: the kept time zone; Erik's is emptied."""
    for name in ("erik", "bob"):
        EmployeeFactory.create(email=f"{name}@example.com", time_zone="Asia/Tokyo")
    graph.users.add("erik@example.com", "Erik", "Person")
    add("bob")
    read()
    assert zones_of_people() == {"erik": "Asia/Tokyo", "bob": "Europe/Berlin"}
    EntraRules.objects.update(ask_zone=False)
    assert read() == "up_to_date"


def test_who_changed_is_asked_again_and_all_after_a_quarter(
    realm: Realm, graph: Graph, wanted: EntraRules, add: Callable[..., str]
) -> None:
    bob = add("bob")
    add("carla")
    read()
    graph.users.change(bob, officeLocation="Boston")
    graph.users.zones[bob] = "Eastern Standard Time"
    read()
    assert (realm.calls(ASKED), zones_of_people()["bob"]) == (3, "America/New_York")
    graph.users.expire()  # everybody is told anew, and nobody has changed
    read()
    assert realm.calls(ASKED) == 3
    read(NOON + timedelta(days=91))
    assert realm.calls(ASKED) == 5


def test_what_one_look_leaves_the_next_minutes_ask(
    realm: Realm, wanted: EntraRules, add: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed: the end of a look; a reading of 100,000 people takes hours."""
    monkeypatch.setattr(zones, "AT_A_TIME", 25)
    for number in range(60):
        add(f"p{number}")
    read()
    assert (realm.calls("/$batch"), realm.calls(ASKED)) == (2, 25)
    for minute, asked in enumerate((50, 60, 60), start=1):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            sync_directory()
        assert realm.calls(ASKED) == asked
    assert realm.calls("/users/delta") == 1
    assert EntraReading.objects.get().claim is None
    assert read() == "applied"
    assert set(zones_of_people().values()) == {"Europe/Berlin"}


def test_who_was_put_off_is_asked_when_microsoft_says(
    realm: Realm, graph: Graph, wanted: EntraRules, add: Callable[..., str]
) -> None:
    """One of three is throttled: the others' answers are kept. Removed: both looks at
    `zones_at`; the stand-in counts a client that comes back too early."""
    for name in ("bob", "carla", "deniz"):
        add(name)
    moment = [0.0]
    graph.limits.clock = lambda: moment[0]
    graph.script_in_batch = [None, Answer(429, {}, {"Retry-After": "120"})]
    assert read() == "applied"
    assert sorted(zones_of_people().values()) == ["", "Europe/Berlin", "Europe/Berlin"]
    for minutes, asked in ((1, 3), (2, 4)):
        moment[0] = minutes * 60
        with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
            sync_directory()
        assert realm.calls(ASKED) == asked
    assert not EntraAccount.objects.filter(zone="").exists()


@pytest.mark.parametrize("how", ["each fails", "the batch fails", "half a batch"])
def test_a_failing_exchange_marks_nobody_and_stops_nothing(
    graph: Graph, wanted: EntraRules, add: Callable[..., str], how: str
) -> None:
    """Removed: `_check`; an hour's outage is "no mailbox" for three months."""
    add("bob")
    add("carla")
    if how == "each fails":
        graph.script_in_batch = [Answer(503), Answer(500)]
    else:
        said = Answer(503) if how == "the batch fails" else Answer(body={"responses": []})
        graph.script = [None, said]
    assert read() == "applied"
    assert not EntraAccount.objects.exclude(zone_asked_at=None).exists()
    assert EntraReading.objects.get().zones_trouble
    assert zones_due(now=NOON + timedelta(minutes=1))
