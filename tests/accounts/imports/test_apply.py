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
from ledger.models import Event
from tests.factories import NOON, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

BOB = "E1,Bob,Berger,bob@example.com,Germany,Sales"
CARLA = "E2,Carla,Conti,carla@example.com,USA,Sales"


def counts(run: ImportRun) -> tuple[int, ...]:
    return run.new, run.changed, run.unchanged, run.leavers, run.missing, run.errors


def imported() -> list[Event]:
    return list(Event.objects.filter(body__contains='"people.imported"'))


def reasons(run: ImportRun) -> list[tuple[int, str]]:
    return [
        (row.line, remark["reason"])
        for row in run.staged.with_remarks().order_by("line")
        for remark in row.remarks
    ]


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


def test_the_missing_stay_unless_the_file_is_complete(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    bob = EmployeeFactory.create(external_id="E1", email="bob@example.com")
    carla = EmployeeFactory.create(external_id="E2", email="carla@example.com")
    assert counts(apply(preview(BOB)))[4] == 1
    carla.refresh_from_db()
    assert carla.active
    apply(preview(BOB), complete=True, confirm=True)
    bob.refresh_from_db()
    carla.refresh_from_db()
    assert (bob.active, carla.active, carla.left_reason, carla.left_at) == (
        True,
        False,
        "missing",
        NOON,
    )


def test_whoever_stands_in_a_broken_row_is_not_missing(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    """Promise 6: a person never silently falls out. Fails when `missing_people` looks at good rows only."""
    EmployeeFactory.create_batch(20)
    bob = EmployeeFactory.create(external_id="E1", email="bob@example.com")
    run = preview(BOB.replace("Germany", "Atlantis"), CARLA)
    assert (run.errors, run.missing) == (1, 20)
    apply(run, complete=True, confirm=True)
    bob.refresh_from_db()
    assert bob.active


def test_many_leavers_need_a_second_yes(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    """Fails when `_check_leavers` is not called: 2 of 12 is more than 10 %."""
    people = EmployeeFactory.create_batch(12)
    lines = [f"{p.external_id},A,B,{p.email},DE,X" for p in people[2:]]
    with pytest.raises(Refusal, match="2 of 12 people would leave"):
        apply(preview(*lines), complete=True)
    assert Employee.objects.active().count() == 12
    apply(preview(*lines), complete=True, confirm=True)
    assert Employee.objects.active().count() == 10


def test_more_than_25_leavers_need_a_second_yes_in_a_large_company_too(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    people = EmployeeFactory.create_batch(300)
    lines = [f"{p.external_id},A,B,{p.email},DE,X" for p in people]
    apply(preview(*lines[25:]), complete=True)
    assert Employee.objects.active().count() == 275
    with pytest.raises(Refusal, match="26 of 275 people would leave"):
        apply(preview(*lines[51:]), complete=True)


def test_rows_that_name_nobody_need_a_second_yes_before_anyone_counts_as_missing(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    people = EmployeeFactory.create_batch(30)
    lines = [f"{p.external_id},A,B,{p.email},DE,X" for p in people[1:]]
    run = preview(*lines, ",,,nonsense,DE,X")
    with pytest.raises(Refusal, match="1 rows do not say whom they are about"):
        apply(run, complete=True)
    apply(run, complete=True, confirm=True)
    assert Employee.objects.active().count() == 29


def test_whoever_is_marked_as_gone_leaves_without_a_complete_file(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    EmployeeFactory.create_batch(20)
    bob = EmployeeFactory.create(external_id="E1", email="bob@example.com")
    run = apply(
        preview(
            "E1,bob@example.com,Terminated,2026-10-31", header="id,email,status,last working day"
        )
    )
    assert counts(run)[3] == 1
    bob.refresh_from_db()
    assert (bob.active, bob.left_reason, f"{bob.left_at:%Y-%m-%d}") == (
        False,
        "inactive",
        "2026-10-31",
    )


def test_somebody_unknown_who_has_left_is_recorded_as_left(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    run = apply(preview("E1,bob@example.com,inactive", header="id,email,status"))
    assert counts(run) == (0, 0, 0, 1, 0, 0)
    assert Employee.objects.get().active is False
    again = apply(preview("E1,bob@example.com,inactive", header="id,email,status"))
    assert counts(again) == (0, 0, 1, 0, 0, 0)


def test_whoever_returns_is_active_again(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    bob = EmployeeFactory.create(external_id="E1", email="bob@example.com", left=True)
    run = apply(preview(BOB))
    bob.refresh_from_db()
    assert counts(run)[1] == 1
    assert (bob.active, bob.left_at, bob.left_reason) == (True, None, "")


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


@pytest.mark.parametrize("named", ["carla@example.com", "E2", "Carla Conti", "Conti, Carla"])
def test_a_manager_is_found_by_address_id_or_name(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun], named: str
) -> None:
    header = "id;first;last;email;manager"
    apply(
        preview(
            f"E1;Bob;Berger;bob@example.com;{named}",
            "E2;Carla;Conti;carla@example.com;",
            header=header,
        )
    )
    assert Employee.objects.get(external_id="E1").manager == Employee.objects.get(external_id="E2")


@pytest.mark.parametrize("named", ["carla@example.com", "E2", "Carla Conti"])
def test_a_manager_may_stand_in_the_directory_alone(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun], named: str
) -> None:
    carla = EmployeeFactory.create(
        external_id="E2", email="carla@example.com", first_name="Carla", last_name="Conti"
    )
    apply(preview(f"E1;Bob;Berger;bob@example.com;{named}", header="id;first;last;email;manager"))
    assert Employee.objects.get(external_id="E1").manager == carla


def test_a_manager_whom_two_people_answer_to_is_noted_and_the_row_imported(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    header = "id;first;last;email;manager"
    run = preview(
        "E1;Bob;Berger;bob@example.com;Carla Conti",
        "E2;Carla;Conti;carla@example.com;",
        "E3;Carla;Conti;carla2@example.com;",
        "E4;Deniz;Demir;deniz@example.com;deniz@example.com",
        header=header,
    )
    assert [line for line, reason in reasons(run) if "without a manager" in reason] == [2, 5]
    apply(run)
    assert not Employee.objects.exclude(manager=None).exists()


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


def test_names_that_nobody_answers_to_are_looked_up_in_an_index(
    preview: Callable[..., ImportRun], apply: Callable[..., ImportRun]
) -> None:
    """Fails when managers are sought by name among those who left as well: no index begins there,
    and each of 5,000 rows reads all of the directory."""
    lines = [f"{n},Some,Name{n},p{n}@example.com,Not Here" for n in range(5_000)]
    header = "id,first,last,email,manager"
    apply(preview(*lines, header=header))
    with CaptureQueriesContext(connection) as captured:
        run = preview(*lines, header=header)
    assert run.unchanged == 5_000
    if connection.vendor == "postgresql":  # SQLite makes an index of its own for it
        assert max(float(query["time"]) for query in captured) < 4


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
