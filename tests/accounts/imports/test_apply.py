"""Preview and apply: what a file does to the directory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.directory.models import Employee
from accounts.directory.signals import directory_changed, directory_changing
from accounts.imports import applying, services
from accounts.imports.models import ImportRun, RunState, StagedRow
from accounts.imports.previews import changes
from accounts.imports.services import import_read
from ledger.commands import Refusal
from tests.accounts.imports.said import BOB, CARLA, counts, imported, reasons
from tests.factories import NOON, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def test_new_people_join_the_directory(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    run = apply(preview(BOB, CARLA))
    assert counts(run) == (2, 0, 0, 0, 0, 0)
    bob = Employee.objects.get(email="bob@example.com")
    assert (bob.name, bob.country, bob.department, bob.external_id, bob.active) == (
        "Bob Berger",
        "DE",
        "Sales",
        "E1",
        True,
    )
    assert (bob.sort_name, bob.search_text) == ("berger, bob", "berger bob bob@example.com sales")


def test_a_preview_changes_nothing_of_the_directory(preview: Callable[..., ImportRun]) -> None:
    preview(BOB, CARLA)
    assert not Employee.objects.exists()
    assert not imported()


def test_the_same_file_again_changes_nobody(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    apply(preview(BOB, CARLA))
    before = list(Employee.objects.order_by("id").values())
    run = apply(preview(BOB, CARLA))
    assert counts(run) == (0, 0, 2, 0, 0, 0)
    assert list(Employee.objects.order_by("id").values()) == before


def test_a_new_address_under_the_same_id_is_a_change_and_nobody_leaves(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    apply(preview(BOB, CARLA))
    bob = Employee.objects.get(external_id="E1")
    run = apply(preview(BOB.replace("bob@", "robert@"), CARLA), complete=True)
    assert counts(run) == (0, 1, 1, 0, 0, 0)
    bob.refresh_from_db()
    assert (bob.email, bob.active) == ("robert@example.com", True)


def test_two_people_may_swap_addresses(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    """Without `_free_keys` the unique address refuses the statement."""
    apply(preview(BOB, CARLA))
    run = apply(
        preview(
            "E1,Bob,Berger,carla@example.com,Germany,Sales",
            "E2,Carla,Conti,bob@example.com,USA,Sales",
        )
    )
    assert counts(run) == (0, 2, 0, 0, 0, 0)
    assert Employee.objects.get(external_id="E1").email == "carla@example.com"
    assert Employee.objects.get(external_id="E2").email == "bob@example.com"


def test_a_freed_address_can_go_to_somebody_new(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    apply(preview(BOB))
    run = apply(
        preview(BOB.replace("bob@", "b.berger@"), "E9,Bob,Other,bob@example.com,France,Legal")
    )
    assert counts(run) == (1, 1, 0, 0, 0, 0)
    assert Employee.objects.get(email="bob@example.com").external_id == "E9"


def test_an_address_that_somebody_else_keeps_is_an_error(preview: Callable[..., ImportRun]) -> None:
    EmployeeFactory.create(external_id="E1", email="old@example.com")
    EmployeeFactory.create(external_id="E2", email="bob@example.com")
    run = preview(BOB)
    assert counts(run)[:2] == (0, 0)
    assert reasons(run) == [
        (2, "belongs to somebody else in the directory, whom the file does not give a new address")
    ]


def test_what_the_file_does_not_mention_stays(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    apply(preview(BOB))
    run = apply(preview("bob@example.com,Robert", header="email,first"))
    bob = Employee.objects.get()
    assert counts(run) == (0, 1, 0, 0, 0, 0)
    assert (bob.first_name, bob.last_name, bob.country, bob.department, bob.external_id) == (
        "Robert",
        "",
        "DE",
        "Sales",
        "E1",
    )


def test_the_search_text_of_a_partly_known_person_is_whole(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    """SQLite's own lower() knows ASCII only: the text is made in Python."""
    apply(preview("E1,Jörg,Öztürk,j@example.com,Germany,Ärzte"))
    apply(preview("j@example.com,Österreich", header="email,land"))
    assert Employee.objects.get().search_text == "öztürk jörg j@example.com ärzte"
    assert Employee.objects.get().sort_name == "öztürk, jörg"


def test_of_two_rows_with_one_address_or_id_the_later_is_an_error(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    run = preview(
        BOB,
        "E9,Bobby,Other,BOB@example.com,France,Legal",
        "E1,Third,Row,third@example.com,France,Legal",
    )
    assert reasons(run) == [(3, "stands on line 2 already"), (4, "stands on line 2 already")]
    apply(run)
    assert Employee.objects.get().name == "Bob Berger"


def test_a_stale_preview_is_refused(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    """Fails when `DirectoryVersion` is not compared: Bob's newer department would be overwritten."""
    first, second = preview(BOB), preview(BOB.replace("Sales", "Legal"))
    apply(second)
    with pytest.raises(Refusal, match="Preview again"):
        apply(first)
    assert Employee.objects.get().department == "Legal"
    assert import_read(run=first, now=NOON)
    assert counts(first) == (0, 1, 0, 0, 0, 0)


def test_any_change_of_the_directory_makes_previews_stale(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    run = preview(BOB)
    directory_changing.send("a test", now=NOON)
    with pytest.raises(Refusal, match="Preview again"):
        apply(run)


def test_an_import_is_applied_once(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    run = apply(preview(BOB))
    with pytest.raises(Refusal, match="is applied"):
        apply(run)
    assert len(imported()) == 1


def test_a_failure_halfway_leaves_nothing_behind(
    preview: Callable[..., ImportRun],
    apply: Callable[..., ImportRun],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fails when `import_apply` holds no transaction: Bob would have left."""
    EmployeeFactory.create(external_id="E1", email="bob@example.com")
    run = preview("E1,bob@example.com,no", "E2,carla@example.com,yes", header="id,email,active")

    def fail(*_args: Any) -> Any:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(applying, "insert_select", fail)
    with pytest.raises(RuntimeError):
        apply(run, confirm=True)
    run.refresh_from_db()
    assert (run.state, Employee.objects.get().active) == (RunState.PREVIEWED, True)
    assert not imported()


def test_the_ledger_gets_one_event_without_names(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    seen = []

    def listen(**kwargs: Any) -> Any:
        seen.append(kwargs["seq"])

    directory_changed.connect(listen)
    run = apply(preview(BOB, CARLA))
    directory_changed.disconnect(listen)
    [event] = imported()
    assert run.sha256 in event.body
    assert "bob" not in event.body.lower()
    assert seen == [event.seq] == [run.seq]


def test_what_was_applied_leaves_no_file_and_no_good_rows(
    preview: Callable[..., ImportRun],
    apply: Callable[..., ImportRun],
    django_capture_on_commit_callbacks: Any,
) -> None:
    run = preview(BOB, "E9,X,Y,nonsense,DE,Z")
    path = run.file.path
    with django_capture_on_commit_callbacks(execute=True):
        apply(run)
    run.refresh_from_db()
    assert not run.file
    assert list(StagedRow.objects.values_list("outcome", flat=True)) == ["error"]
    assert not Path(path).exists()


def test_unapplied_imports_are_discarded_after_a_week(preview: Callable[..., ImportRun]) -> None:
    run = preview(BOB)
    services.imports_expire(now=NOON + services.KEPT_UNAPPLIED)
    assert StagedRow.objects.exists()
    services.imports_expire(now=NOON + services.KEPT_UNAPPLIED * 2)
    run.refresh_from_db()
    assert run.state == RunState.DISCARDED
    assert not StagedRow.objects.exists()


def test_the_number_of_statements_does_not_grow_with_the_file(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    def statements(people: int, domain: str) -> int:
        lines = [
            f"{domain}{n},A,B{n},{n}@{domain}.com,DE,X,{n // 3}@{domain}.com" for n in range(people)
        ]
        with CaptureQueriesContext(connection) as captured:
            apply(preview(*lines, header="id,first,last,email,country,department,manager"))
        return len(captured)

    statements(1, "first")  # makes the row of the directory's version
    assert statements(3, "small") == statements(300, "large")


def test_one_value_in_every_row_takes_no_longer_than_many(
    preview: Callable[..., ImportRun],
) -> None:
    """Squared work would take minutes: each row would look at all earlier ones."""
    lines = [f"0,Same,Name,p{n}@example.com,Same Name" for n in range(10_000)]
    with CaptureQueriesContext(connection) as captured:
        run = preview(*lines, header="id,first,last,email,manager")
    assert (run.new, run.errors) == (1, 9_999)
    assert max(float(query["time"]) for query in captured) < 15


def test_a_time_zone_is_kept_shown_and_emptied_like_any_other_value(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    header = "mail,time zone"
    apply(preview("bob@example.com,GMT Standard Time", header=header))
    apply(preview("bob@example.com", header="mail"))
    assert Employee.objects.get().time_zone == "Europe/London"
    run = preview("bob@example.com,", header=header)
    [(change,)] = changes(run.staged.all()).values()
    assert (change.label, change.before, change.after) == ("Time zone", "Europe/London", "")
    apply(run)
    assert Employee.objects.get().time_zone == ""
