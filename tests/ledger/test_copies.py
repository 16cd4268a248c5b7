"""Checkpoints out of reach: copied, read back, and what happens when a backup is restored."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from ledger import journal
from ledger.checkpoints import checkpoint_publish
from ledger.guards import guard_install, guard_remove
from ledger.models import Acceptance, Checkpoint, Event
from ledger.notes import NoteError, checkpoint_note, checkpoints_read, stated
from ledger.refusals import Refusal
from ledger.restored import ledger_accept, refuse_restored
from ledger.tasks import checkpoint as checkpoint_task
from tests.ledger import forging
from tests.ledger.test_forgeries import stored

pytestmark = [pytest.mark.both, pytest.mark.django_db]

NOW = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)
Grow = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.CHECKPOINT_DIR = str(tmp_path)
    return tmp_path


@pytest.fixture
def grow(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Grow:
    """Append so many events and sign them, as if everything were committed."""

    def grown(count: int = 1, *, minutes: int = 0) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            with transaction.atomic():
                entries = [journal.Entry("row.added", "system", f"row:{n}") for n in range(count)]
                journal.append_all(entries, now=NOW)
            checkpoint_publish(now=NOW + timedelta(minutes=minutes))

    return grown


def restore(size: int) -> None:
    """An older backup: the events after `size` and their checkpoints have never been."""
    for table in ("ledger_event", "ledger_checkpoint"):
        guard_remove(connection, table)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_event WHERE seq > %s", [size])
        cursor.execute("DELETE FROM ledger_checkpoint WHERE size > %s", [size])
        cursor.execute("SELECT hash FROM ledger_event WHERE seq = %s", [size])
        cursor.execute("UPDATE ledger_head SET seq = %s, hash = %s", [size, cursor.fetchone()[0]])
    for table in ("ledger_event", "ledger_checkpoint"):
        guard_install(connection, table)


def test_each_checkpoint_is_copied_once_as_a_signed_note(folder: Path, grow: Grow) -> None:
    grow()
    grow(minutes=60)
    first, second = sorted(folder.iterdir())
    assert first.name.startswith("optrail-checkpoint-20261121T201500.000000Z-000000000001-")
    assert first.stat().st_mode & 0o222 == 0
    assert checkpoints_read(second.read_text()) == [stated(Checkpoint.objects.get(size=2))]


def test_a_copy_is_never_written_again(folder: Path, grow: Grow) -> None:
    grow()
    (copy,) = folder.iterdir()
    copy.chmod(0o644)
    copy.write_text(copy.read_text() + "\n")
    checkpoint_task()
    assert copy.read_text().endswith("\n\n\n")


def test_what_a_lost_folder_missed_is_copied_later(
    folder: Path, grow: Grow, settings: Settings
) -> None:
    settings.CHECKPOINT_DIR = ""
    grow()
    settings.CHECKPOINT_DIR = str(folder)
    grow(minutes=60)
    assert len(list(folder.iterdir())) == 2


def test_a_checkpoint_is_made_when_ten_thousand_events_are_reached(
    folder: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Removed: milestone_crossed in the journal. This test then fails."""
    monkeypatch.setattr(journal, "EVERY", 10)
    for expected in (0, 1, 1, 2):
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            entries = [journal.Entry("row.added", "system", f"row:{n}") for n in range(6)]
            journal.append_all(entries, now=NOW)
            assert not Checkpoint.objects.filter(size__gt=journal.position()[0] - 6).exists()
        assert Checkpoint.objects.count() == expected


def test_a_restored_backup_is_noticed_until_somebody_accepts_it(folder: Path, grow: Grow) -> None:
    """Removed: refuse_restored. This test then fails."""
    grow(5)
    grow(5, minutes=60)
    refuse_restored()
    restore(5)
    with pytest.raises(Refusal, match="ends with event 5, but a checkpoint over 10"):
        refuse_restored()
    with pytest.raises(Refusal, match="older"):
        grow(minutes=120)
    with pytest.raises(CommandError, match="ledger_accept"):
        call_command("stop_sending", "--reason", "x")
    out = StringIO()
    call_command("ledger_accept", "--reason", "The newer disk burned", "--json", stdout=out)
    assert json.loads(out.getvalue())["published"] == 10
    refuse_restored()
    grow(minutes=180)
    assert len(list(folder.iterdir())) == 3
    body = json.loads(Event.objects.get(seq=Acceptance.objects.get().seq).body)
    assert body["kind"] == "ledger.accepted"
    assert "burned" not in json.dumps(body)


def test_another_ledger_of_the_same_length_is_noticed(folder: Path, grow: Grow) -> None:
    grow(5)
    stored(forging.genuine(5))
    with pytest.raises(Refusal, match="its event 5 is another"):
        refuse_restored()


def test_after_an_acceptance_the_next_loss_is_noticed_again(folder: Path, grow: Grow) -> None:
    grow(5)
    grow(5, minutes=60)
    restore(5)
    ledger_accept(reason="lost", now=NOW)
    grow(2, minutes=120)
    restore(6)
    with pytest.raises(Refusal, match="ends with event 6, but a checkpoint over 8"):
        refuse_restored()


def test_a_planted_copy_hides_no_older_one_that_proves_a_cut(folder: Path, grow: Grow) -> None:
    """Removed: the copies behind the newest in `_doubtful`. A fresh one then hides what was cut."""
    grow(5)
    grow(5, minutes=60)
    longer = {path: path.read_text() for path in folder.iterdir()}
    restore(5)
    for path in longer:
        path.rename(path.with_suffix(".away"))
    grow(1, minutes=120)  # whoever holds the key too makes a checkpoint that looks well
    for path in longer:
        path.with_suffix(".away").rename(path)
    assert max(folder.iterdir()).read_text() not in longer.values()
    with pytest.raises(Refusal, match="ends with event 6, but a checkpoint over 10"):
        refuse_restored()
    with pytest.raises(CommandError, match="signed 10 events, but 6 stand"):
        call_command("verify_ledger")


def test_an_old_copy_under_a_new_name_is_refused(folder: Path, grow: Grow) -> None:
    """Removed: the look at the name in `copy_read`. The shorter ledger is then the newest."""
    grow(5)
    grow(5, minutes=60)
    first, second = sorted(folder.iterdir())
    restore(5)
    second.rename(second.with_suffix(".away"))
    planted = folder / first.name.replace("T2015", "T2359")
    planted.write_text(first.read_text())
    with pytest.raises(Refusal, match="about another time or size than its name says"):
        refuse_restored()
    planted.rename(folder / "optrail-checkpoint-zzz.txt")
    with pytest.raises(Refusal, match="is not named as Optrail names its copies"):
        refuse_restored()


def test_only_names_are_compared_at_the_start_and_every_file_when_verifying(
    folder: Path, grow: Grow, django_assert_num_queries: Any
) -> None:
    """However many copies there are; what stands behind a name of ours is read by verify_ledger."""
    for minute in range(4):
        grow(minutes=minute)
    with django_assert_num_queries(4):  # hand-overs, acceptances, the newest, all others at once
        refuse_restored()
    oldest = min(folder.iterdir())
    oldest.chmod(0o644)
    oldest.write_text("nothing")
    refuse_restored()
    with pytest.raises(CommandError, match="it holds none"):
        call_command("verify_ledger")


def test_an_acceptance_holds_for_every_copy_of_what_was_lost_and_for_no_later_one(
    folder: Path, grow: Grow
) -> None:
    """Removed: `covers`. Then either the next start is refused for ever, or a later cut is not."""
    for minutes in (0, 60, 120):
        grow(5, minutes=minutes)
    restore(5)
    row = ledger_accept(reason="lost", now=NOW)
    assert json.loads(Event.objects.get(seq=row.seq).body)["data"]["lost_from"] == 10
    grow(20, minutes=180)
    refuse_restored()
    call_command("verify_ledger")
    restore(12)
    with pytest.raises(Refusal, match="ends with event 12, but a checkpoint over 26"):
        refuse_restored()


def test_an_acceptance_that_our_key_did_not_sign_accepts_nothing(folder: Path, grow: Grow) -> None:
    """Removed: `holds` in accepted_standing. Whoever has the database then appends one."""
    grow(10)
    restore(5)
    (copy,) = folder.iterdir()
    said = checkpoints_read(copy.read_text())[0]
    seq, head = journal.position()
    data: dict[str, object] = {
        "committed": {"reason": "x"}, "head": head.hex(), "lost_from": 10, "standing": seq,
        "published": {"at": said.at, "head": said.head.hex(), "size": said.size},
        "key": said.key_id, "signature": base64.b64encode(said.signature).decode(),
    }  # fmt: skip
    forgeries: tuple[dict[str, object], ...] = (
        data,
        {**data, "signature": "no"},
        {**data, "key": 1},
        {"published": {}},
    )
    for forged in forgeries:
        with transaction.atomic():
            event = journal.append(
                "ledger.accepted", actor="command", subject="ledger", now=NOW, data=forged
            )
            Acceptance.objects.create(size=said.size, head=said.head, seq=event.seq, at=NOW)
    with pytest.raises(Refusal, match="a checkpoint over 10"):
        refuse_restored()
    copy.unlink()
    out = StringIO()
    with pytest.raises(CommandError, match="Event 6 accepts a loss"):
        call_command("verify_ledger", "--json", stdout=out)
    assert json.loads(out.getvalue())["first_bad"]["kind"] == "acceptance"


@pytest.mark.parametrize("body", ['{"kind":"ledger.accepted"', '{"kind":"ledger.accepted"}'])
def test_a_broken_acceptance_is_a_finding_and_no_crash(grow: Grow, body: str) -> None:
    grow(3)
    stored(forging.linked([*(row.body for row in forging.genuine(3)), body.encode()]))
    guard_remove(connection, "ledger_checkpoint")
    connection.cursor().execute("DELETE FROM ledger_checkpoint")
    guard_install(connection, "ledger_checkpoint")
    with pytest.raises(CommandError, match="Event 4 accepts a loss"):
        call_command("verify_ledger")


def test_an_acceptance_holds_at_its_own_place_alone(folder: Path, grow: Grow) -> None:
    """Removed: the place in `Accepted.holds`. An old acceptance is then good for another cut."""
    grow(5)
    grow(5, minutes=60)
    restore(5)
    body = Event.objects.get(seq=ledger_accept(reason="lost", now=NOW).seq).body
    restore(4)
    with transaction.atomic():
        said = json.loads(body)
        event = journal.append(
            said["kind"], actor=said["actor"], subject="ledger", now=NOW, data=said["data"]
        )
        Acceptance.objects.create(size=10, head=b"x", seq=event.seq, at=NOW)
    with pytest.raises(Refusal, match="a checkpoint over 10"):
        refuse_restored()


def test_without_a_key_nothing_is_accepted(folder: Path, grow: Grow, settings: Settings) -> None:
    grow(10)
    restore(5)
    settings.LEDGER_KEY = ""
    with pytest.raises(Refusal, match="LEDGER_KEY is not set"):
        ledger_accept(reason="lost", now=NOW)
    settings.LEDGER_KEY = "the key of somebody else"
    with pytest.raises(Refusal, match="LEDGER_KEY"):
        ledger_accept(reason="lost", now=NOW)


def test_an_acceptance_without_its_event_accepts_nothing(folder: Path, grow: Grow) -> None:
    """Removed: the look at the event. Whoever cut the ledger could hide it by one row more."""
    grow(10)
    restore(5)
    (copy,) = folder.iterdir()
    said = checkpoints_read(copy.read_text())[0]
    for seq in (5, 6):
        Acceptance.objects.create(size=said.size, head=said.head, seq=seq, at=NOW)
    with pytest.raises(Refusal, match="a checkpoint over 10"):
        refuse_restored()
    with pytest.raises(CommandError, match="signed 10 events, but 5 stand"):
        call_command("verify_ledger")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_an_acceptance_says_why(folder: Path, grow: Grow, reason: str) -> None:
    grow(5)
    with pytest.raises(Refusal, match="Say why"):
        ledger_accept(reason=reason, now=NOW)
    with pytest.raises(Refusal, match="nothing is to be accepted"):
        ledger_accept(reason="because", now=NOW)


def test_a_folder_that_is_gone_or_holds_a_faulty_copy_is_said(
    folder: Path, grow: Grow, settings: Settings
) -> None:
    grow()
    (copy,) = folder.iterdir()
    copy.chmod(0o644)
    origin, size, _, *rest = copy.read_text().splitlines(keepends=True)
    copy.write_text("".join([origin, size, base64.b64encode(bytes(32)).decode(), "\n", *rest]))
    with pytest.raises(Refusal, match="not signed by the ledger's key"):
        refuse_restored()
    copy.write_text("nothing")
    with pytest.raises(Refusal, match="it holds none"):
        refuse_restored()
    settings.CHECKPOINT_DIR = str(folder / "gone")
    with pytest.raises(Refusal, match="CHECKPOINT_DIR"):
        refuse_restored()


def test_verify_compares_with_files_kept_elsewhere(tmp_path: Path, grow: Grow) -> None:
    """Removed: `external` in verify. This test then fails."""
    grow(5)
    kept = tmp_path / "mail.txt"
    kept.write_text(f"Dear auditor,\n\n{checkpoint_note(Checkpoint.objects.get())}To compare: …")
    out = StringIO()
    call_command("verify_ledger", "--checkpoint", str(kept), "--json", stdout=out)
    assert json.loads(out.getvalue())["checkpoints"] == 2
    guard_remove(connection, "ledger_checkpoint")
    connection.cursor().execute("DELETE FROM ledger_checkpoint")
    guard_install(connection, "ledger_checkpoint")
    stored(forging.genuine(5))
    with pytest.raises(CommandError, match=r"mail\.txt") as refusal:
        call_command("verify_ledger", "--checkpoint", str(kept))
    assert refusal.value.returncode == 1
    kept.write_text("no checkpoint")
    with pytest.raises(CommandError, match="cannot be read") as refusal:
        call_command("verify_ledger", "--checkpoint", str(kept))
    assert refusal.value.returncode == 2


def test_a_cut_note_is_no_note(grow: Grow) -> None:
    grow()
    note = checkpoint_note(Checkpoint.objects.get())
    assert len(checkpoints_read(note + note.replace("\n", "\r\n"))) == 2
    for cut in (note[:90], note + note[:150], note.replace("=\n", "\n"), ""):
        with pytest.raises(NoteError):
            checkpoints_read(cut)
