"""People of the tenant become the directory: staged, previewed and applied as files are."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.directory.models import Employee, LeftReason
from accounts.entra.directory.models import EntraAccount, EntraReading, EntraRules
from accounts.entra.errors import Unreachable
from accounts.imports import tasks
from accounts.imports.forgetting import imports_forget
from accounts.imports.microsoft import FIRST_TIME, Sync, directory_sync
from accounts.imports.models import ImportRun, RunState
from accounts.imports.services import import_apply, import_read
from ledger.commands import Refusal
from ledger.models import Event
from tests.accounts.imports.said import imported, reasons
from tests.factories import NOON, EmployeeFactory
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer
from tests.standins.graph import Graph

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def sync(*, confirm: bool = False) -> Sync:
    return directory_sync(actor="system", user=None, confirm=confirm, now=NOON)


@pytest.fixture
def cast(graph: Graph) -> dict[str, str]:
    """Bob reports to Carla; Deniz's country is a word of his own."""
    carla = graph.users.add(
        "Carla@Example.com", "Carla", "Conti", country="United States", usageLocation="US",
        preferredLanguage="en-US", officeLocation="Boston", employeeType="Employee",
    )  # fmt: skip
    bob = graph.users.add("bob@example.com", "Bob", "Berger", department="Sales", manager=carla)
    deniz = graph.users.add(
        "deniz@example.com", "Deniz", "Demir", country="Here", usageLocation="TR"
    )
    return {"bob": bob, "carla": carla, "deniz": deniz}


def test_people_are_taken_with_everything_that_graph_tells(cast: dict[str, str]) -> None:
    assert sync(confirm=True).state == "applied"
    bob, carla = (Employee.objects.get(external_id=cast[name]) for name in ("bob", "carla"))
    assert (bob.name, bob.email, bob.department) == ("Bob Berger", "bob@example.com", "Sales")
    assert bob.manager == carla
    assert (carla.email, carla.country, carla.language) == ("carla@example.com", "US", "en-US")
    assert (carla.office, carla.employment_type) == ("Boston", "Employee")
    assert Employee.objects.get(external_id=cast["deniz"]).country == "TR"
    (event,) = imported()
    said = json.loads(event.body)["data"]
    assert (said["source"], said["new"], said["complete"]) == ("entra", 3, True)
    assert len(said["file_sha256"]) == 64


def test_the_first_reading_waits_for_a_yes_and_later_ones_apply_by_themselves(
    graph: Graph, cast: dict[str, str]
) -> None:
    """Removed: the call of `_check_first_time`."""
    held = sync()
    assert (held.state, held.reason) == ("held", FIRST_TIME)
    assert not Employee.objects.exists()
    assert held.run
    import_apply(run=held.run, actor="system", complete=False, confirm_leavers=False, now=NOON)
    graph.users.add("erik@example.com", "Erik", "Ek")
    assert sync().state == "applied"
    assert Employee.objects.active().count() == 4
    assert sync().state == "up_to_date"
    assert ImportRun.objects.count() == 2
    assert len(imported()) == 2


def test_a_new_name_and_address_are_the_same_person(graph: Graph, cast: dict[str, str]) -> None:
    sync(confirm=True)
    bob = Employee.objects.get(external_id=cast["bob"])
    graph.users.partial = True
    graph.users.change(cast["bob"], surname="Conti", mail="bob.conti@example.com")
    done = sync()
    assert done.run
    assert (done.run.new, done.run.changed, done.run.missing) == (0, 1, 0)
    bob.refresh_from_db()
    assert (bob.name, bob.email, bob.active) == ("Bob Conti", "bob.conti@example.com", True)


def test_an_old_address_given_to_somebody_new_makes_nobody_somebody_else(
    graph: Graph, cast: dict[str, str]
) -> None:
    sync(confirm=True)
    bob = Employee.objects.get(external_id=cast["bob"])
    graph.users.change(cast["bob"], mail="robert@example.com")
    graph.users.add("bob@example.com", "Bobby", "New")
    sync()
    bob.refresh_from_db()
    assert bob.email == "robert@example.com"
    assert Employee.objects.get(email="bob@example.com").first_name == "Bobby"


def test_somebody_known_from_a_file_is_recognised_by_the_address(cast: dict[str, str]) -> None:
    bob = EmployeeFactory.create(email="bob@example.com", external_id="E1")
    sync(confirm=True)
    bob.refresh_from_db()
    assert bob.external_id == cast["bob"]
    assert Employee.objects.count() == 3


def test_somebody_with_a_new_address_is_recognised_by_the_number_and_a_name(
    graph: Graph,
) -> None:
    """Removed: `_match_by_number`; Bob is then somebody new, and the one from the file has left."""
    bob = EmployeeFactory.create(
        email="bob.old@example.com", external_id="1042", first_name="Bob", last_name="Old"
    )
    oid = graph.users.add("bob@example.com", "Bob", "Berger", employeeId="1042")
    sync(confirm=True)
    bob.refresh_from_db()
    assert (bob.external_id, bob.email, bob.active) == (oid, "bob@example.com", True)
    assert Employee.objects.count() == 1


@pytest.mark.parametrize("why", ["another name", "two accounts"])
def test_a_number_alone_makes_nobody_somebody_else(graph: Graph, why: str) -> None:
    """Removed: `same_name`, or the exclusion of `several`."""
    erik = EmployeeFactory.create(
        email="erik@example.com", external_id="7", first_name="Erik", last_name="Ek"
    )
    first = "Fatma" if why == "another name" else "Erik"
    graph.users.add("new@example.com", first, "Ito", employeeId="7")
    if why == "two accounts":
        graph.users.add("newer@example.com", "Erik", "Ido", employeeId="7")
    sync(confirm=True)
    erik.refresh_from_db()
    assert (erik.external_id, erik.email, erik.active) == ("7", "erik@example.com", False)


@pytest.mark.parametrize("how", ["disabled", "deleted", "made a guest", "left out"])
def test_whoever_counts_no_more_has_left(graph: Graph, cast: dict[str, str], how: str) -> None:
    sync(confirm=True)
    for number in range(10):
        graph.users.add(f"more{number}@example.com", "More", f"{number}")
    sync()
    if how == "disabled":
        graph.users.change(cast["bob"], accountEnabled=False, mail=None)
    elif how == "deleted":
        graph.users.remove(cast["bob"])
    elif how == "made a guest":
        graph.users.change(cast["bob"], userType="Guest")
    else:
        EntraRules.objects.create(left_out=["bob@*"])
    assert sync().state == "applied"
    bob = Employee.objects.get(external_id=cast["bob"])
    assert (bob.active, bob.left_reason) == (False, LeftReason.MISSING)
    assert Employee.objects.active().count() == 12


def test_when_many_would_leave_it_waits_for_a_yes(graph: Graph, cast: dict[str, str]) -> None:
    """Removed: the call of `_check_leavers` in `import_check`."""
    sync(confirm=True)
    for oid in (cast["bob"], cast["deniz"]):
        graph.users.remove(oid)
    held = sync()
    assert held.state == "held"
    assert "2 of 3 people would leave" in held.reason
    assert Employee.objects.active().count() == 3
    again = sync()
    assert ImportRun.objects.filter(state=RunState.PREVIEWED).get() == again.run
    assert sync(confirm=True).state == "applied"
    assert Employee.objects.active().count() == 1


def test_nobody_leaves_by_half_a_full_reading(graph: Graph, cast: dict[str, str]) -> None:
    """Removed: raising for a page without the way on in `page_get`."""
    sync(confirm=True)
    graph.users.expire()
    graph.users.page_size = 1
    graph.script = [None, None, Answer(200, {"value": []})]
    with pytest.raises(Unreachable):
        sync(confirm=True)
    assert Employee.objects.active().count() == 3
    assert sync().state == "up_to_date"


def test_an_account_without_an_address_is_an_error_and_nobody_leaves_for_it(
    graph: Graph, cast: dict[str, str]
) -> None:
    sync(confirm=True)
    graph.users.change(cast["bob"], mail=None)
    graph.users.change(cast["carla"], department="Law")
    done = sync()
    assert done.run
    assert done.run.errors == 1
    assert any("no address" in reason for _, reason in reasons(done.run))
    assert Employee.objects.active().count() == 3


def test_a_preview_is_made_anew_from_what_was_read(cast: dict[str, str]) -> None:
    held = sync()
    assert held.run
    EntraRules.objects.create(domains=["other.example"])
    assert import_read(run=held.run, now=NOON)
    assert (held.run.state, held.run.rows, held.run.complete) == (RunState.PREVIEWED, 0, True)
    with pytest.raises(Refusal):
        import_apply(run=held.run, actor="system", complete=True, confirm_leavers=True, now=NOON)


def test_the_day_reads_by_itself_and_nobody_else_does(
    realm: Realm, cast: dict[str, str], time_machine: Any
) -> None:
    time_machine.move_to(NOON, tick=False)
    tasks.sync_directory()
    assert not realm.calls("/users/delta")
    EntraRules.objects.create(daily=True)
    EntraReading.objects.create(next_at=NOON)
    tasks.sync_directory()
    tasks.sync_directory()
    assert realm.calls("/users/delta") == 1
    assert EntraReading.objects.here().next_at == NOON + timedelta(hours=24)
    assert ImportRun.objects.get().state == RunState.PREVIEWED


def test_the_task_notes_trouble_and_ends_well(
    graph: Graph, cast: dict[str, str], time_machine: Any
) -> None:
    time_machine.move_to(NOON, tick=False)
    EntraReading.objects.create(next_at=NOON)
    graph.script = [Answer(503, {"error": {"code": "x"}})]
    tasks.sync_directory()
    assert "failed (503)" in EntraReading.objects.here().trouble


def test_whoever_is_erased_is_forgotten_here_too(graph: Graph, cast: dict[str, str]) -> None:
    """Removed: the call of `accounts_forget` in `imports_forget`."""
    sync(confirm=True)
    graph.users.page_size = 1
    graph.users.change(cast["bob"], department="Law")
    graph.users.change(cast["carla"], department="Law")
    graph.script = [None, Answer(503, {"error": {"code": "x"}})]
    with pytest.raises(Unreachable):
        sync()
    imports_forget(["Bob", cast["bob"], "", "DENIZ@example.com"])
    assert list(EntraAccount.objects.values_list("oid", flat=True)) == [cast["carla"]]
    reading = EntraReading.objects.here()
    assert (reading.link, reading.full) == ("", True)


def test_the_ledger_holds_no_name_of_the_tenant(cast: dict[str, str]) -> None:
    sync(confirm=True)
    bodies = "".join(Event.objects.values_list("body", flat=True)).lower()
    assert "berger" not in bodies
    assert "bob@" not in bodies


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("sync_directory", "--json", *arguments)
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_the_command_asks_for_a_yes_then_says_what_it_did(
    cast: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="look at them"):
        call_command("sync_directory")
    said = command(capsys, "--confirm")
    assert (said["state"], said["new"]) == ("applied", 3)
    call_command("sync_directory")
    assert capsys.readouterr().out == "The directory is up to date.\n"


def test_the_command_waits_when_it_is_asked_to(
    graph: Graph,
    cast: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    clock = [0.0]
    graph.limits.clock = lambda: clock[0]

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("accounts.management.commands.sync_directory.time.sleep", sleep)
    throttled = Answer(429, {"error": {"code": "x"}}, {"Retry-After": "40"})
    graph.script = [throttled]
    assert command(capsys, "--confirm")["state"] == "applied"
    assert waited == [41]
    graph.script = [throttled]
    with pytest.raises(CommandError, match="patience"):
        call_command("sync_directory", "--patience", "10")


def test_without_a_connection_the_command_says_so(settings: Any, db: None) -> None:
    settings.ENTRA = {}
    with pytest.raises(CommandError, match="not connected"):
        call_command("sync_directory")
