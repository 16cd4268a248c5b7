"""Two officers at once."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.directory.models import Employee
from accounts.imports.models import ImportRun, RunState
from accounts.imports.services import import_apply, import_read
from ledger.commands import Refusal
from ledger.models import Event
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Runs the actions at the same moment, each on its own connection; "" or the refusal of each."""
    gate, results = threading.Barrier(len(actions)), [""] * len(actions)

    def act(place: int, action: Callable[[], object]) -> None:
        gate.wait()
        try:
            action()
        except Refusal as refusal:
            results[place] = str(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def applying(run: ImportRun) -> Callable[[], None]:
    def action() -> None:
        import_apply(run=run, actor="system", complete=True, confirm_leavers=True, now=NOON)

    return action


def test_of_two_imports_applied_at_once_one_wins(preview: Callable[..., ImportRun]) -> None:
    """Fails when `DirectoryVersion.move_on` and the early comparison are both removed: the second
    complete file would retire the people of the first unseen."""
    runs = [
        preview(*(f"{name}{n},A,B,{name}{n}@example.com,DE,X" for n in range(50)))
        for name in ("one", "two")
    ]
    results = at_once(*map(applying, runs))
    assert sorted(map(bool, results)) == [False, True]
    assert "Preview again" in max(results)
    assert Employee.objects.active().count() == Employee.objects.count() == 50
    assert Event.objects.filter(body__contains='"people.imported"').count() == 1


def test_one_import_confirmed_twice_is_applied_once(preview: Callable[..., ImportRun]) -> None:
    run = preview("E1,Bob,Berger,bob@example.com,DE,Sales")
    results = at_once(applying(run), applying(run))
    assert sorted(map(bool, results)) == [False, True]
    assert Event.objects.filter(body__contains='"people.imported"').count() == 1


def test_one_upload_is_read_by_one_reader(preview: Callable[..., ImportRun]) -> None:
    """Fails when `_claim` does not decide by the row count: every row would be staged twice."""
    run = preview("E1,Bob,Berger,bob@example.com,DE,Sales")
    ImportRun.objects.update(state=RunState.UPLOADED)
    read: list[bool] = []
    copies = [ImportRun.objects.get(id=run.id) for _ in range(2)]
    at_once(*(lambda copy=copy: read.append(import_read(run=copy, now=NOON)) for copy in copies))
    assert run.staged.count() == 1
    assert True in read
