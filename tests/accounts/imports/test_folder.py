"""The watched folder: the newest whole file, once, with the same brake as an upload."""

import io
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.directory.models import Employee
from accounts.imports import services
from accounts.imports.folder import Look, folder_look
from accounts.imports.models import ImportRun, RunState
from accounts.imports.tasks import look_into_folder
from accounts.imports.watched import WatchedFile
from ledger.commands import Refusal
from ledger.journal import SYSTEM
from ledger.models import Event
from tests.accounts.imports.conftest import HEADER
from tests.factories import NOON, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

BOB = "E1,Bob,Berger,bob@example.com,Germany,Sales"
CARLA = "E2,Carla,Conti,carla@example.com,United States,Sales"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "people"
    path.mkdir()
    settings.IMPORT_FOLDER = str(path)
    return path


def lay(folder: Path, name: str, *rows: str, age: int = 0, done: bool = True) -> Path:
    """A file that was written `age` seconds ago, with a marker that it is whole."""
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]))
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    if done:
        (folder / f"{name}.done").touch()
    return path


def look(now: datetime = NOON) -> Look:
    return folder_look(clock=lambda: now)


def put_away(folder: Path, where: str) -> list[str]:
    """Names without the time in front, reports left out."""
    names = (path.name for path in (folder / where).glob("*") if path.suffix != ".txt")
    return sorted(name.partition("Z-")[2] for name in names)


def report(folder: Path, where: str) -> str:
    return next((folder / where).glob("*.report.txt")).read_text()


def emails() -> set[str]:
    return set(Employee.objects.active().values_list("email", flat=True))


def test_a_marked_file_is_imported_and_put_away_with_a_report(folder: Path) -> None:
    lay(folder, "people.csv", BOB, "E9,No,Body,nobody,Germany,Sales")
    assert look().counts == {"done": 1, "waiting": 0}
    assert emails() == {"bob@example.com"}
    assert put_away(folder, "done") == ["people.csv"]
    words = report(folder, "done")
    assert "Imported: 2 rows, 1 new" in words
    assert "line 3" in words
    assert "nobody" not in words  # what a cell held is repeated nowhere
    assert [path.name for path in folder.iterdir()] == ["done"]
    assert Event.objects.filter(body__contains='"kind":"people.imported"').count() == 1


def test_without_a_marker_it_has_to_lie_still_for_a_minute(folder: Path) -> None:
    """Removed: `is_whole`; half a file is imported then, and the other half has left."""
    path = lay(folder, "people.csv", BOB, done=False)
    assert look().counts == {"waiting": 1}
    path.write_text(path.read_text() + f"\n{CARLA}")
    assert look(NOON + MINUTE).counts == {"waiting": 1}
    assert not emails()
    assert look(NOON + 2 * MINUTE).counts["done"] == 1
    assert emails() == {"bob@example.com", "carla@example.com"}


def test_a_file_is_imported_once_under_whatever_name(folder: Path) -> None:
    """Removed: the look for the hash; people who were changed since are set back then."""
    lay(folder, "monday.csv", BOB)
    look()
    Employee.objects.update(department="Legal")
    lay(folder, "tuesday.csv", BOB)
    assert look(NOON + MINUTE).counts["done"] == 1
    assert Employee.objects.get().department == "Legal"
    assert ImportRun.objects.filter(state=RunState.APPLIED).count() == 1


def test_the_newest_wins_and_older_ones_are_not_imported(folder: Path) -> None:
    lay(folder, "monday.csv", CARLA, age=100)
    lay(folder, "tuesday.csv", BOB)
    look()
    assert emails() == {"bob@example.com"}
    assert put_away(folder, "refused") == ["monday.csv"]
    assert "newer file" in report(folder, "refused")


def test_when_many_would_leave_it_waits_for_a_yes(folder: Path, settings: Settings) -> None:
    """Removed: the brake (`confirm_leavers=True`); they have left then."""
    settings.IMPORT_FOLDER_COMPLETE = True
    EmployeeFactory.create_batch(5)
    lay(folder, "people.csv", BOB)
    held = look()
    assert held.counts["held"] == 1
    assert "5 of 5 people would leave" in held.reasons[0]
    assert look(NOON + MINUTE).counts == {"waiting": 0}  # said once
    assert len(emails()) == 5
    assert (folder / "people.csv").exists()
    run = ImportRun.objects.get()
    assert (run.complete, run.is_ready) == (True, True)
    services.import_apply(run=run, actor=SYSTEM, complete=True, confirm_leavers=True, now=NOON)
    assert look(NOON + 2 * MINUTE).counts["done"] == 1
    assert emails() == {"bob@example.com"}


def test_a_no_puts_the_file_away_and_a_new_one_takes_its_place(
    folder: Path, settings: Settings
) -> None:
    settings.IMPORT_FOLDER_COMPLETE = True
    EmployeeFactory.create_batch(5)
    lay(folder, "people.csv", BOB)
    look()
    lay(folder, "people.csv", CARLA, age=-50)  # written over while it waits
    look(NOON + MINUTE)
    states = ImportRun.objects.order_by("created_at").values_list("state", flat=True)
    assert list(states) == [RunState.DISCARDED, RunState.PREVIEWED]
    services.import_discard(run=ImportRun.objects.get(state=RunState.PREVIEWED))
    assert look(NOON + 2 * MINUTE).counts["refused"] == 1
    assert put_away(folder, "refused") == ["people.csv"]
    assert len(emails()) == 5


@pytest.mark.parametrize("text", ["%PDF-1.7", "a;b\n1;2", f"{HEADER}\nE1,No,Body,nobody,,"])
def test_what_cannot_be_imported_changes_nothing(folder: Path, text: str) -> None:
    lay(folder, "people.csv").write_text(text)
    outcome = look()
    assert outcome.counts["done"] == 0
    assert outcome.reasons
    assert not Employee.objects.exists()


def test_columns_of_ones_own_are_understood_by_the_setting(
    folder: Path, settings: Settings
) -> None:
    settings.IMPORT_FOLDER_MAP = {"Kontakt": "email"}
    (lay(folder, "people.csv")).write_text("Kontakt,Name\nbob@example.com,Bob Berger")
    look()
    assert emails() == {"bob@example.com"}


def test_links_and_hidden_files_are_left_alone(folder: Path, tmp_path: Path) -> None:
    outside = lay(tmp_path, "outside.csv", BOB)
    (folder / "people.csv").symlink_to(outside)
    (folder / "people.csv.done").touch()
    lay(folder, ".people.csv", BOB)
    lay(folder, "notes.md", BOB)
    assert look().counts == {"waiting": 0}
    assert not emails()


def test_of_two_looks_at_once_one_takes_the_file(folder: Path) -> None:
    """Removed: `taken_at` in `unread`; it is uploaded twice then."""
    lay(folder, "people.csv", BOB)
    look_earlier = WatchedFile.objects.unread(NOON)
    WatchedFile.objects.create(
        name="people.csv", size=0, modified_ns=0, seen_at=NOON, taken_at=None
    )
    assert look_earlier.count() == 1
    WatchedFile.objects.update(
        size=(folder / "people.csv").stat().st_size,
        modified_ns=(folder / "people.csv").stat().st_mtime_ns,
        taken_at=NOON,
    )
    look(NOON + MINUTE)
    assert not ImportRun.objects.exists()
    look(NOON + timedelta(hours=1))  # the other was ended with its process
    assert emails() == {"bob@example.com"}


def test_the_command_says_what_it_did(folder: Path, settings: Settings) -> None:
    def run() -> Any:
        output, code = io.StringIO(), 0
        try:
            call_command("import_folder", "--json", stdout=output)
        except CommandError as error:
            code = error.returncode
        return json.loads(output.getvalue()), code

    lay(folder, "people.csv", BOB)
    assert run() == ({"done": 1, "held": 0, "refused": 0, "waiting": 0}, 0)
    lay(folder, "letter.csv").write_text("%PDF-1.7")
    result, code = run()
    assert (result["refused"][0][:13], code) == ("This is a PDF", 1)
    settings.IMPORT_FOLDER = ""
    assert run()[1] == 1
    look_into_folder()  # the worker has nothing to say then


def test_a_folder_that_is_not_there_is_said_so(settings: Settings, tmp_path: Path) -> None:
    settings.IMPORT_FOLDER = str(tmp_path / "missing")
    with pytest.raises(Refusal, match="no folder that Optrail may read and write"):
        look()
    look_into_folder()
