import json
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts.signin.models import User
from compliance.campaigns.models import Assignment
from compliance.reminders.instance import (
    ANOTHER,
    OLDER,
    fingerprint,
    hold_reason,
    instance_check,
    position_remember,
    sending_release,
    sending_stop,
)
from compliance.reminders.models import Instance, Message, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from ledger import journal
from ledger.commands import Refusal
from ledger.models import Event
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def data_dir(settings: Settings, tmp_path: Path) -> Any:
    settings.DATA_DIR, settings.INSTANCE_ID = tmp_path, ""
    return tmp_path


@pytest.fixture
def copied(settings: Settings) -> None:
    """This database was in use, and now another installation opens it."""
    instance_check(now=NOON)
    settings.INSTANCE_ID = "another installation"


def test_a_new_database_is_taken_over() -> None:
    assert instance_check(now=NOON) == ""
    assert Instance.objects.get().fingerprint == fingerprint()


def test_the_same_installation_goes_on(data_dir: Path) -> None:
    assert [instance_check(now=NOON) for _ in range(2)] == ["", ""]


def test_an_identity_is_drawn_once_for_each_data_directory(
    data_dir: Path, settings: Settings, tmp_path: Path
) -> None:
    first = fingerprint()
    assert fingerprint() == first
    settings.DATA_DIR = tmp_path / "elsewhere"
    assert fingerprint() != first


def test_a_copied_database_sends_nothing_until_somebody_releases_it(
    copied: None, server: Sink, ask: Callable[..., Assignment], clock: Clock, alice: User
) -> None:
    """Design §3. Without `instance_check` in `pump` a clone mails everybody a second time."""
    ask()
    assert reminders_plan(now=NOON) == 1  # planning goes on
    with pytest.raises(Refusal, match="another installation"):
        pump(clock=clock)
    assert Instance.objects.get().held_reason == ANOTHER
    sending_release(user=alice, now=NOON)
    assert pump(clock=clock).counts["accepted"] == 1


def test_a_release_is_in_the_ledger(copied: None, alice: User) -> None:
    instance_check(now=NOON)
    sending_release(user=alice, now=NOON)
    event = json.loads(Event.objects.latest("seq").body)
    assert (event["kind"], event["actor"], event["data"]) == (
        "sending.released",
        alice.ref,
        {"reason": "another"},
    )


def test_it_stays_held_when_the_first_installation_comes_back(
    settings: Settings, copied: None
) -> None:
    """Two copies may be running: a person has to say which of them sends."""
    instance_check(now=NOON)
    settings.INSTANCE_ID = Instance.objects.get().fingerprint  # whatever it is now
    assert instance_check(now=NOON) == ANOTHER


def test_what_is_not_held_cannot_be_released(alice: User) -> None:
    instance_check(now=NOON)
    with pytest.raises(Refusal, match="not held"):
        sending_release(user=alice, now=NOON)


def test_a_restored_backup_is_noticed_even_in_its_old_place(data_dir: Path, alice: User) -> None:
    """The ledger must still hold what this installation saw last; a backup is older."""
    instance_check(now=NOON)
    for _ in range(3):
        journal.append("test.happened", actor="system", subject="test", now=NOON)
    position_remember()
    mark = next(data_dir.glob("instance/position-*.json"))
    seen = json.loads(mark.read_text())
    mark.write_text(json.dumps({**seen, "seq": seen["seq"] + 1}))  # as if one more had been there
    assert instance_check(now=NOON) == OLDER
    sending_release(user=alice, now=NOON)
    assert hold_reason() == ""


def test_looking_changes_nothing(copied: None) -> None:
    assert hold_reason() == ANOTHER
    assert Instance.objects.get().held_since is None


def test_the_command_says_that_sending_is_held(
    copied: None, server: Sink, owe: Callable[..., Message], capsys: pytest.CaptureFixture[str]
) -> None:
    owe()
    with pytest.raises(CommandError, match="Sending is held") as error:
        call_command("pump", "--json")
    assert error.value.returncode == 1
    assert Message.objects.get().state == State.PENDING


def last_event() -> dict[str, Any]:
    event: dict[str, Any] = json.loads(Event.objects.latest("seq").body)
    return event


def test_a_stop_holds_all_mail_until_it_is_released(
    server: Sink, owe: Callable[..., Message], clock: Clock, alice: User
) -> None:
    owe()
    sending_stop(user=alice, reason="  Wrong \n audience ", now=NOON)
    event = last_event()
    assert (event["kind"], event["actor"]) == ("sending.stopped", alice.ref)
    assert "Wrong" not in json.dumps(event)  # committed to; the words stand in the vault
    with pytest.raises(Refusal, match=r"stopped by Alice Officer on 23 Nov 2026.*Wrong audience"):
        pump(clock=clock)
    sending_release(user=alice, now=NOON)
    assert (last_event()["kind"], last_event()["data"]) == (
        "sending.released",
        {"reason": "stopped"},
    )
    assert pump(clock=clock).counts["accepted"] == 1


def test_a_stop_says_why_and_happens_once(alice: User) -> None:
    for reason in ("", "x" * 201):
        with pytest.raises(Refusal, match="Say why"):
            sending_stop(user=alice, reason=reason, now=NOON)
    sending_stop(user=alice, reason="Stop", now=NOON)
    with pytest.raises(Refusal, match="stopped already"):
        sending_stop(user=alice, reason="Again", now=NOON)


def test_a_copy_that_was_stopped_stays_a_copy(
    copied: None, settings: Settings, alice: User
) -> None:
    """The stop must not hide the other reason: both are said, one release ends both."""
    sending_stop(user=None, reason="Stop", now=NOON)
    assert "Stop" in instance_check(now=NOON)
    assert ANOTHER in hold_reason()
    assert Instance.objects.get().held_reason == ANOTHER
    sending_release(user=alice, now=NOON)
    assert hold_reason() == ""
    assert last_event()["data"] == {"reason": "another"}


def test_a_reason_ends_with_one_full_stop() -> None:
    sending_stop(user=None, reason="Stop!", now=NOON)
    assert hold_reason().endswith(": Stop!")
    sending_release(user=None, now=NOON)
    sending_stop(user=None, reason="Stop", now=NOON)
    assert hold_reason().endswith(": Stop.")


def test_the_commands_stop_and_release(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("stop_sending", "--reason", "A drill")
    said = capsys.readouterr().out
    assert "stopped by a command" in said
    assert "A drill. Release it" in said
    call_command("release_sending", "--json")
    assert "A drill" in json.loads(capsys.readouterr().out)["released"]
    with pytest.raises(CommandError, match="not held"):
        call_command("release_sending")


@pytest.mark.django_db(transaction=True)
def test_once_a_stop_is_committed_a_running_pump_begins_nothing_more(
    server: Sink, owe: Callable[..., Message], clock: Clock, alice: User
) -> None:
    """Without `held` in MessageQuerySet.permitted the run goes on to its end: 30 mails."""
    for _ in range(30):
        owe()
    handed_over, stopped, mails = threading.Semaphore(0), threading.Event(), count(1)

    def slowly(_envelope: Any) -> str:
        handed_over.release()
        if next(mails) > 5:  # on its way while somebody stops all sending
            stopped.wait(timeout=30)
        return "250 queued"

    server.data = slowly
    arrived: list[int] = []

    def stop() -> None:
        for _ in range(5):
            handed_over.acquire(timeout=30)
        sending_stop(user=alice, reason="Stop", now=NOON)
        arrived.append(len(server.envelopes))
        stopped.set()
        connection.close()

    watcher = threading.Thread(target=stop)
    watcher.start()
    report = pump(clock=clock)
    watcher.join(timeout=30)
    assert stopped.is_set()
    # One mail may have been on its way when the stop was committed.
    assert arrived[0] <= report.counts["accepted"] <= arrived[0] + 1
    assert Message.objects.filter(state=State.PENDING).count() == 30 - len(server.envelopes) > 0
