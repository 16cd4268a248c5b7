"""Troubles of the watched folder: begun once, over once, whatever happens in between."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.imports.models import ImportRun, RunState, Source
from accounts.imports.services import import_apply, import_discard
from accounts.imports.troubles import Trouble, TroubleKind, trouble_note, trouble_over, waits_look
from accounts.imports.watched import WatchedFile
from ledger.commands import Refusal
from tests.accounts.imports.test_folder import BOB, MINUTE, folder, lay, look
from tests.factories import NOON, EmployeeFactory

__all__ = ["folder"]
pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOBODY = "E9,No,Body,nobody,Germany,Sales"


def seen() -> list[tuple[str, bool]]:
    """Kind, and whether it is over, in the order of their beginnings."""
    return [(row.kind, row.ended_at is not None) for row in Trouble.objects.order_by("pk")]


@pytest.fixture
def complete(settings: Settings) -> None:
    """Whoever is missing has left, so that the brake holds the file."""
    settings.IMPORT_FOLDER_COMPLETE = True
    EmployeeFactory.create_batch(3)


def test_files_that_are_refused_are_one_trouble_until_one_is_imported(folder: Path) -> None:
    for day in ("monday", "tuesday"):
        lay(folder, f"{day}.csv", NOBODY)
        look()
    assert seen() == [("refused", False)]
    assert "No row" in Trouble.objects.get().words
    lay(folder, "wednesday.csv", BOB)
    look(NOON + MINUTE)
    assert seen() == [("refused", True)]
    assert Trouble.objects.get().ended_at == NOON + MINUTE


def test_files_that_wait_are_one_trouble_until_somebody_decides(
    folder: Path, complete: None
) -> None:
    """Tuesday's takes Monday's place, and is the same trouble."""
    for age, day in enumerate(("tuesday", "monday")):
        lay(folder, f"{day}.csv", BOB, *([NOBODY] * age), age=age)
    (folder / "tuesday.csv").rename(folder / "later")
    look()
    (folder / "later").rename(folder / "tuesday.csv")
    look(NOON + MINUTE)
    waits_look(now=NOON + MINUTE)
    assert seen() == [("file_held", False)]
    run = ImportRun.objects.get(state=RunState.PREVIEWED)
    assert Trouble.objects.get().run == run
    import_apply(run=run, actor="user:1", complete=True, confirm_leavers=True, now=NOON)
    look(NOON + 2 * MINUTE)
    waits_look(now=NOON + 2 * MINUTE)
    assert seen() == [("file_held", True)]


def test_headings_are_told_to_nobody(folder: Path) -> None:
    (folder / "people.csv").write_text("Bob Berger;Sales\nx;y\n")
    (folder / "people.csv.done").touch()
    look()
    (trouble,) = Trouble.objects.all()
    assert "columns are not understood" in trouble.words
    assert "Bob" not in trouble.words


def test_a_no_settles_it_and_is_no_trouble_itself(folder: Path, complete: None) -> None:
    lay(folder, "people.csv", BOB)
    look()
    import_discard(run=ImportRun.objects.get())
    look(NOON + MINUTE)
    waits_look(now=NOON + MINUTE)
    assert seen() == [("file_held", True)]


@pytest.mark.parametrize("kind", [TroubleKind.HELD, TroubleKind.FILE_HELD])
def test_while_another_import_is_being_made_nothing_is_over(db: None, kind: TroubleKind) -> None:
    """Without the look for others every night's reading is an end, and a new beginning."""
    source = Source.ENTRA if kind == TroubleKind.HELD else Source.FILE
    made = {"source": source, "file_name": "people", "file_size": 1, "created_at": NOON}
    before = ImportRun.objects.create(state=RunState.DISCARDED, **made)
    trouble_note(kind=kind, words="Many would leave.", now=NOON, run=before)
    after = ImportRun.objects.create(state=RunState.READING, **made)
    if kind == TroubleKind.FILE_HELD:
        WatchedFile.objects.create(name="p.csv", size=1, modified_ns=1, seen_at=NOON, run=after)
    waits_look(now=NOON)
    assert seen() == [(kind, False)]
    after.delete()
    WatchedFile.objects.all().delete()
    waits_look(now=NOON)
    assert seen() == [(kind, True)]


def test_a_folder_that_is_away_is_worth_a_word_after_an_hour(folder: Path) -> None:
    folder.rmdir()
    for minute in range(2):
        with pytest.raises(Refusal):
            look(NOON + minute * MINUTE)
    (trouble,) = Trouble.objects.all()
    assert (trouble.began_at, trouble.tell_at) == (NOON, NOON + timedelta(hours=1))
    folder.mkdir()
    look(NOON + timedelta(minutes=2))
    assert seen() == [("folder", True)]


def test_what_does_not_mend_itself_is_told_before_the_hour_is_over(db: None) -> None:
    hour = timedelta(hours=1)
    trouble_note(kind=TroubleKind.READING, words="429", now=NOON, lasting=hour)
    trouble_note(kind=TroubleKind.READING, words="No consent.", now=NOON + MINUTE)
    trouble_note(kind=TroubleKind.READING, words="429", now=NOON + 2 * MINUTE, lasting=hour)
    (trouble,) = Trouble.objects.all()
    assert (trouble.tell_at, trouble.words) == (NOON + MINUTE, "429")
    trouble_over(kind=TroubleKind.READING, now=NOON)
    trouble_note(kind=TroubleKind.READING, words="again", now=NOON)
    assert seen() == [("reading", True), ("reading", False)]
