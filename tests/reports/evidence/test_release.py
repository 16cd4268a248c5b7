"""Nothing is released that does not hold: each guard is tried by breaking what it guards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.directory.models import Employee
from compliance.campaigns.withdrawn import Withdrawal
from compliance.reminders.models import Outcome
from compliance.retention.models import Reason
from compliance.retention.services import employee_erase
from ledger.commands import Refusal
from ledger.guards import guard_install, guard_remove
from reports.datasets.position import position_take
from reports.evidence.leaves import leaves_write
from reports.evidence.packing import pack
from reports.evidence.record import record_write
from tests.factories import NOON
from tests.reports.evidence.conftest import Bundled
from tests.reports.evidence.test_bundle import roots_of
from tests.reports.scenario import DAY, Scenario

pytestmark = pytest.mark.both


def test_the_same_position_gives_the_same_bytes_whatever_came_later(
    story: Scenario, bundled: Bundled
) -> None:
    """Fails when checkpoints, hashes or entries after the position are let in."""
    first, seq = bundled(story), story.seq
    story.answer("gus", "was_off", NOON + 5 * DAY)
    story.mail("gus", step=3)
    story.seal(NOON + 6 * DAY)
    story.decide("closed", NOON + 6 * DAY)
    assert bundled(story, seq).digest == first.digest
    assert bundled(story).digest != first.digest


def test_a_text_that_was_changed_ends_it(story: Scenario, tmp_path: Path) -> None:
    """Fails when the hashes are copied and not taken anew."""
    guard_remove(connection, "ledger_event")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_event SET body = replace(body, 'was_off', 'left_on')")
    guard_install(connection, "ledger_event")
    with pytest.raises(Refusal, match="chain does not hold at event 13"):
        record_write(position_take(story.campaign, story.seq), tmp_path)


def test_a_row_that_was_changed_behind_its_entry_ends_it(story: Scenario, tmp_path: Path) -> None:
    """Fails when the root over the leaves is not compared with the entry's."""
    position = position_take(story.campaign, story.seq)
    record = record_write(position, tmp_path)
    Outcome.objects.filter(state="rejected").update(state="accepted")
    with pytest.raises(Refusal, match="The rows that event 12 commits to"):
        leaves_write(position, record.batched, tmp_path)


@pytest.mark.parametrize(
    ("said", "step"),
    [({"left": 0, "back": 1}, "totals"), ({"left": 0}, "batches"), ({"left": 2}, "batches")],
)
def test_an_import_that_more_people_left_with_than_it_says_ends_it(
    story: Scenario, bundled: Bundled, said: dict[str, int], step: str
) -> None:
    """Fails without the counts of `change` in verify.py."""
    story.leave("gus", NOON + 4 * DAY, **said)
    with pytest.raises(Refusal, match=f"at the step “{step}”"):
        bundled(story)


def test_somebody_withdrawn_without_an_import_ends_it(story: Scenario, bundled: Bundled) -> None:
    """Removed: who left and why, in verify.py. Then whoever has the database empties a campaign."""
    seq = story.decide("extended", NOON + 4 * DAY, {"due_on": "2026-12-15"})
    Withdrawal.objects.create(assignment=story.people["gus"], reason="missing", seq=seq)
    with pytest.raises(Refusal, match="and no entry says so"):
        bundled(story)


def test_a_withdrawal_that_was_dated_elsewhere_ends_it(story: Scenario, bundled: Bundled) -> None:
    story.leave("gus", NOON + 4 * DAY)
    Withdrawal.objects.filter(assignment=story.people["gus"]).update(reason="inactive")
    with pytest.raises(Refusal, match="The rows that event 19 commits to"):
        bundled(story)


def _cut(folder: Path) -> None:
    lines = (folder / "rows" / "population.jsonl").read_text().splitlines(keepends=True)
    (folder / "rows" / "population.jsonl").write_text("".join(lines[:-1]))


def _change(folder: Path) -> None:
    path = folder / "ledger" / "events.jsonl"
    path.write_text(path.read_text().replace("was_off", "left_on"))


@pytest.mark.parametrize("harm", [_cut, _change])
def test_a_finished_file_that_does_not_pass_its_own_check_is_no_file(
    story: Scenario,
    bundled: Bundled,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path], None],
) -> None:
    """Fails when `readback` is left out."""

    def harmed(folder: Path, target: Path) -> None:
        harm(folder)
        pack(folder, target)

    monkeypatch.setattr("reports.evidence.bundle.pack", harmed)
    with pytest.raises(Refusal, match="does not pass its own check, at the step “digests”"):
        bundled(story)


def test_after_an_erasure_only_the_leaf_is_left_and_everything_holds(
    story: Scenario, bundled: Bundled, alice: Any
) -> None:
    before = bundled(story)
    bob = Employee.objects.get(email="bob@example.com")
    employee_erase(employee=bob, user=alice, reason=Reason.REQUEST, now=NOON + 5 * DAY)
    after = bundled(story)
    assert roots_of(before).items() <= roots_of(after).items()
    assert after.kinds[-1] == "people.erased"
    assert after.manifest["totals"]["erased"] == 1
    everything = b"".join(after.read(name) for name in after.names)
    assert b"bob@example.com" not in everything
