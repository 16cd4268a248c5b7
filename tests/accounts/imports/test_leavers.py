"""Who leaves by an import, and who comes back."""

from collections.abc import Callable

import pytest

from accounts.directory.models import Employee
from accounts.imports.models import ImportRun
from ledger.commands import Refusal
from tests.accounts.imports.said import BOB, CARLA, counts
from tests.factories import NOON, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


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
