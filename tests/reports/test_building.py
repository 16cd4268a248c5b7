"""Making an export: once, visibly, again after a crash, and never half."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from compliance.campaigns.models import Campaign
from ledger.models import Event
from reports import building
from reports.building import LEASE, TRIES, LeaseLostError, export_build, exports_build_waiting
from reports.models import Export
from reports.services import export_request
from reports.storage import sha256_of
from tests.factories import NOON
from tests.reports.conftest import stored
from tests.reports.evidence.reading import Bundle
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both
LATER = NOON + timedelta(days=5)


def clock() -> datetime:
    return LATER


@pytest.fixture
def export(story: Scenario) -> Export:
    return export_request(campaign=story.campaign, user=None, now=LATER)


def test_what_waits_is_made(export: Export, story: Scenario) -> None:
    assert exports_build_waiting(clock=clock) == 1
    export.refresh_from_db()
    assert (export.state, export.finished_at, export.error) == ("ready", LATER, "")
    assert export.sha256 == sha256_of(stored(export))
    assert export.rows["Population"] == len(Bundle(stored(export)).sheet("Population")) == 7
    assert export.rows_done == export.rows_total == sum(export.rows.values())
    assert exports_build_waiting(clock=clock) == 0


def test_made_and_asked_for_stand_in_the_ledger_after_the_position(export: Export) -> None:
    exports_build_waiting(clock=clock)
    export.refresh_from_db()
    asked, made = Event.objects.filter(seq__gt=export.seq).order_by("seq")
    assert '"kind":"export.requested"' in asked.body
    assert '"kind":"export.made"' in made.body
    assert export.sha256 in made.body


def test_of_two_workers_one_makes_it(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails when `lease_take` updates without `due`."""
    tries = []

    def during(**options: Any) -> None:
        tries.append(export_build(export=Export.objects.get(), clock=clock))

    monkeypatch.setattr(building, "export_make", during)
    assert export_build(export=export, clock=clock)
    assert tries == [False]


def test_a_worker_that_died_is_followed_by_another(export: Export) -> None:
    assert building.lease_take(export, LATER)
    assert not export_build(export=export, clock=clock)
    assert export_build(export=export, clock=lambda: LATER + LEASE + timedelta(seconds=1))
    assert (export.state, export.tries) == ("ready", 2)


def test_a_worker_that_was_followed_publishes_nothing(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when `_held` does not compare the lease."""
    slow = Export.objects.get()
    assert building.lease_take(slow, LATER)
    assert building.lease_take(export, LATER + LEASE + timedelta(seconds=1))
    with pytest.raises(LeaseLostError):
        building.export_make(export=slow, clock=clock)
    export.refresh_from_db()
    assert export.state == "running"


def test_a_worker_that_dies_every_time_is_given_up(export: Export) -> None:
    now = LATER
    for _ in range(TRIES):
        assert building.lease_take(export, now)
        now += LEASE + timedelta(seconds=1)
    assert exports_build_waiting(clock=lambda: now) == 0
    export.refresh_from_db()
    assert export.state == "failed"
    assert "ended 5 times" in export.error


def test_a_failure_is_kept_and_tried_again_later(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(building, "export_write", broken)
        assert exports_build_waiting(clock=clock) == 1
    export.refresh_from_db()
    assert (export.state, export.tries) == ("waiting", 1)
    assert "No space left on device" in export.error
    assert exports_build_waiting(clock=clock) == 0
    assert exports_build_waiting(clock=lambda: LATER + timedelta(minutes=2)) == 1
    export.refresh_from_db()
    assert (export.state, export.error) == ("ready", "")


def test_five_failures_are_enough(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise DatabaseError("the connection is gone")

    monkeypatch.setattr(building, "export_write", broken)
    for minutes in range(0, 100, 10):
        exports_build_waiting(clock=lambda: LATER + timedelta(minutes=minutes))  # noqa: B023
    export.refresh_from_db()
    assert (export.state, export.tries) == ("failed", TRIES)
    assert "the connection is gone" in export.error


def test_figures_that_differ_end_it_at_once_with_both_named(export: Export) -> None:
    Campaign.objects.update(retention_months=1)
    exports_build_waiting(clock=clock)
    export.refresh_from_db()
    assert (export.state, export.tries, export.sha256) == ("failed", 1, "")
    assert "the campaign's record says 1, the ledger says 36" in export.error


def test_nothing_half_made_is_left_behind(export: Export, data_dir: Path) -> None:
    Campaign.objects.update(retention_months=1)
    (data_dir / "exports").mkdir(parents=True, exist_ok=True)
    killed = data_dir / "exports" / f"{export.id}.0.sheets.partial"
    killed.mkdir()
    (killed / "Population.xml").write_text("what a killed worker left behind")
    killed.with_name(f"{export.id}.0.partial").write_bytes(b"and this")
    exports_build_waiting(clock=clock)
    assert list((data_dir / "exports").iterdir()) == []


def test_progress_is_noted_and_renews_the_lease(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    note = building._note

    def watched(export: Export, now: datetime) -> None:
        note(export, now)
        seen.append(Export.objects.values_list("rows_done", "rows_total", "lease_until").get())

    monkeypatch.setattr(building, "_note", watched)
    monkeypatch.setattr(building, "_TICK", 5)
    exports_build_waiting(clock=clock)
    assert seen[0] == (0, 22, LATER + LEASE)
    assert [done for done, *_ in seen] == sorted(done for done, *_ in seen)


def test_files_are_for_the_program_alone(export: Export) -> None:
    exports_build_waiting(clock=clock)
    path = stored(export)
    assert path.parent.stat().st_mode & 0o077 == 0
