"""Making an export: one worker at a time, visible progress, a file only when it is whole."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import connection, transaction
from django.db.models import F, QuerySet

from ledger import journal
from ledger.commands import Refusal
from reports.datasets.options import Options
from reports.datasets.position import Position, position_take
from reports.kinds import export_write, file_name
from reports.models import Export, ExportState
from reports.storage import evidence_store, partial_path, sha256_of
from reports.workbook.audit import rows_expected

Clock = Callable[[], datetime]
LEASE = timedelta(hours=1)
TRIES = 5
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 45))
_TICK = 2_000  # rows between two notes of progress
_log = structlog.get_logger(__name__)


class LeaseLostError(Exception):
    """Somebody else makes this export by now."""


def exports_build_waiting(*, clock: Clock) -> int:
    """Make every export that waits, oldest first; returns how many this call made or tried."""
    Export.objects.due(clock()).filter(tries__gte=TRIES).update(
        state=ExportState.FAILED,
        error=f"The program ended {TRIES} times while it made this export. Ask for it again.",
    )
    tried = 0
    while export := Export.objects.due(clock()).order_by("requested_at").first():
        tried += export_build(export=export, clock=clock)
    return tried


def export_build(*, export: Export, clock: Clock) -> bool:
    """Make `export` unless somebody else does (then False).

    A refusal ends it; any other failure is tried again, five times in all. What went wrong stands
    in `error`.
    """
    if not lease_take(export, clock()):
        return False
    try:
        export_make(export=export, clock=clock)
    except LeaseLostError:
        _log.warning("export taken over", export=str(export.id))
    except Refusal as refusal:
        export_fail(export=export, reason=str(refusal))
    except Exception as error:  # noqa: BLE001 - whatever it is, it stands on the export's page
        _log.exception("export failed", export=str(export.id))
        _try_later(export, f"{type(error).__name__}: {error}", clock())
    return True


def lease_take(export: Export, now: datetime) -> bool:
    """Whether the caller may make `export` now: the conditional UPDATE has one winner."""
    won = (
        Export.objects.due(now)
        .filter(pk=export.pk, tries__lt=TRIES)
        .update(state=ExportState.RUNNING, lease_until=now + LEASE, tries=F("tries") + 1)
    )
    export.refresh_from_db()
    return bool(won)


def export_make(*, export: Export, clock: Clock) -> None:
    """Write, read back and publish an export whose lease the caller holds.

    Raises Refusal when figures do not reconcile, LeaseLostError, and what disk and database raise.
    """
    options = Options.from_json(export.options)
    position = position_take(export.campaign, export.seq, options)
    partial = partial_path(export)
    try:
        progress = _Progress(export, position, clock)
        written = export_write(
            export,
            position,
            partial,
            row_written=progress.row_written,
            table_written=progress.note,
        )
        _publish(export, partial, written.rows, clock())
    finally:
        partial.unlink(missing_ok=True)


def export_fail(*, export: Export, reason: str) -> None:
    """End an export without a file."""
    _held(export).update(state=ExportState.FAILED, error=reason, lease_until=None)
    export.refresh_from_db()


def _try_later(export: Export, reason: str, now: datetime) -> None:
    if export.tries >= TRIES:
        return export_fail(export=export, reason=reason)
    again = now + _WAITS[export.tries - 1]
    _held(export).update(state=ExportState.WAITING, error=reason, lease_until=again)
    return export.refresh_from_db()


def _held(export: Export) -> QuerySet[Export]:
    """The export while it is still ours: each lease ends at a time of its own."""
    return Export.objects.filter(
        pk=export.pk, state=ExportState.RUNNING, lease_until=export.lease_until
    )


class _Progress:
    """Notes now and then how far an export is, and renews its lease."""

    def __init__(self, export: Export, position: Position, clock: Clock) -> None:
        self.export, self.clock = export, clock
        export.rows_done, export.rows_total = 0, rows_expected(position)
        self.note()

    def row_written(self) -> None:
        self.export.rows_done += 1
        # SQLite reads and writes on one connection: a write between two rows of an open query
        # fails as soon as anybody else has written meanwhile.
        if self.export.rows_done % _TICK == 0 and connection.vendor != "sqlite":
            self.note()

    def note(self) -> None:
        """Raises LeaseLostError."""
        _note(self.export, self.clock())


def _note(export: Export, now: datetime) -> None:
    renewed = now + LEASE
    figures = {"rows_done": export.rows_done, "rows_total": export.rows_total}
    if not _held(export).update(lease_until=renewed, **figures):
        raise LeaseLostError(str(export.id))
    export.lease_until = renewed


def _publish(export: Export, partial: Path, rows: dict[str, int], now: datetime) -> None:
    """The file first, whole and where it stays; then the record and its event, together."""
    digest, total = sha256_of(partial), sum(rows.values())
    export.file_name = file_name(export)
    evidence_store(export=export, path=partial, digest=digest)
    with transaction.atomic():
        made = _held(export).update(
            state=ExportState.READY, lease_until=None, finished_at=now, error="", sha256=digest,
            rows=rows, rows_done=total, rows_total=total, file_name=export.file_name,
        )  # fmt: skip
        if not made:
            raise LeaseLostError(str(export.id))
        data = {
            "campaign": export.campaign.ref,
            "kind": export.kind,
            "options": Options.from_json(export.options).digest,
            "position": export.seq,
            "sha256": digest,
            "rows": rows,
        }
        journal.append("export.made", actor=journal.SYSTEM, subject=export.ref, now=now, data=data)
    export.refresh_from_db()
