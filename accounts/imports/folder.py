"""The watched folder: its newest whole file is staged, previewed and applied as an upload is."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings

from accounts.imports.models import ImportRun, RunState
from accounts.imports.reports import error_lines, run_report
from accounts.imports.services import (
    CLOSED,
    import_apply,
    import_discard,
    import_read,
    import_upload,
)
from accounts.imports.shelf import DONE, REFUSED, Lying, file_put_away, folder, tables_lying
from accounts.imports.troubles import LASTING, TroubleKind, trouble_note, trouble_over
from accounts.imports.watched import WatchedFile
from ledger.commands import Refusal
from ledger.journal import SYSTEM

_TWICE = "This exact file was imported before, and a file is imported once: nothing was changed."
_OVERTAKEN = "A newer file was there: this one was not imported."
_SAID_NO = "Nobody said yes to this import: it was discarded, and nothing was changed."
# Headings may be anything, even people: they stay on the page.
_COLUMNS = "Its columns are not understood. Say which is which, on its page."
# Officers decided this, or a later file did: they know.
_NO_TROUBLE = (_OVERTAKEN, _SAID_NO)
log = structlog.get_logger(__name__)


@dataclass
class Look:
    """What one look at the folder came to: files by outcome, and why some were not imported."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)


def folder_look(*, clock: Callable[[], datetime]) -> Look:
    """Take what is ready and put away what is done with.

    Several at once are harmless: a file is taken by one, and imported once. Raises Refusal when
    the folder cannot be worked with.
    """
    try:
        look = _looked(folder(), clock)
    except (Refusal, OSError) as error:
        if settings.IMPORT_FOLDER:
            words = str(error) if isinstance(error, Refusal) else f"It says: {error.strerror}."
            trouble_note(kind=TroubleKind.FOLDER, words=words, now=clock(), lasting=LASTING)
        raise
    trouble_over(kind=TroubleKind.FOLDER, now=clock())
    return look


def _looked(where: Path, clock: Callable[[], datetime]) -> Look:
    now = clock()
    lying = {each.path.name: each for each in tables_lying(where)}
    _observe(lying, now)
    visit = _Visit(where, clock)
    for row in WatchedFile.objects.filter(run__isnull=False).select_related("run"):
        visit.go_on(row)
    whole = [row for row in WatchedFile.objects.unread(now) if _is_whole(row, lying, now)]
    for row in sorted(whole, key=lambda row: (row.modified_ns, row.name), reverse=True)[:1]:
        visit.take(row)
    waiting = WatchedFile.objects.filter(run=None).count()
    visit.look.counts["waiting"] = waiting
    return visit.look


def _is_whole(row: WatchedFile, lying: dict[str, Lying], now: datetime) -> bool:
    return lying[row.name].marked or row.is_whole(now)


def _observe(lying: dict[str, Lying], now: datetime) -> None:
    """Bring the rows in line with what lies there; a file that changed begins anew."""
    WatchedFile.objects.exclude(name__in=lying).delete()
    for name, found in lying.items():
        seen = {"size": found.size, "modified_ns": found.modified_ns}
        row, fresh = WatchedFile.objects.get_or_create(name=name, defaults={**seen, "seen_at": now})
        if not fresh and (row.size, row.modified_ns) != (found.size, found.modified_ns):
            if row.run and row.run.state not in CLOSED:
                import_discard(run=row.run)
            WatchedFile.objects.filter(name=name).update(
                **seen, seen_at=now, run=None, held=False, taken_at=None
            )


@dataclass
class _Visit:
    """One look, file by file."""

    where: Path
    clock: Callable[[], datetime]
    look: Look = field(default_factory=Look)

    def take(self, row: WatchedFile) -> None:
        """Read a file, by the first who claims it."""
        now = self.clock()
        if not WatchedFile.objects.unread(now).filter(name=row.name).update(taken_at=now):
            return
        try:
            with (self.where / row.name).open("rb") as file:
                run = import_upload(file=file, name=row.name, user=None, now=now)
        except FileNotFoundError:
            return
        except Refusal as refusal:
            self._put_away(row, REFUSED, [str(refusal)])
            return
        if run.file_size != row.size:  # it grew meanwhile: the next look sees it as another
            import_discard(run=run)
            return
        if ImportRun.objects.filter(sha256=run.sha256, state=RunState.APPLIED).exists():
            import_discard(run=run)
            self._put_away(row, DONE, [_TWICE])
            return
        row.run = run
        row.save(update_fields=["run"])
        import_read(run=run, now=now, wishes=settings.IMPORT_FOLDER_MAP)
        self.go_on(row)

    def go_on(self, row: WatchedFile) -> None:
        """Do what is next for a file that was read."""
        run = row.run
        if run is None:
            return
        run.refresh_from_db()
        if run.state == RunState.PREVIEWED and not row.held:
            self._apply(row, run)
        if run.state == RunState.UNMAPPED and not row.held:
            self._hold(row, run, run.refusal)
        if run.state == RunState.APPLIED:
            self._put_away(row, DONE, run_report(run))
        if run.state in (RunState.REFUSED, RunState.DISCARDED):
            self._put_away(row, REFUSED, [run.refusal or _SAID_NO])

    def _apply(self, row: WatchedFile, run: ImportRun) -> None:
        """Inside the limits it is applied; otherwise an officer decides."""
        try:
            import_apply(
                run=run,
                actor=SYSTEM,
                complete=settings.IMPORT_FOLDER_COMPLETE,
                confirm_leavers=False,
                now=self.clock(),
            )
        except Refusal as refusal:
            run.refresh_from_db()
            if run.is_ready and run.errors == run.rows:
                self._refuse(row, run, str(refusal))
            elif run.is_ready:
                self._hold(row, run, str(refusal))
        else:
            run.refresh_from_db()
            self._overtake(row)

    def _refuse(self, row: WatchedFile, run: ImportRun, reason: str) -> None:
        report = [reason, *error_lines(run)]
        import_discard(run=run)
        self._put_away(row, REFUSED, report)

    def _hold(self, row: WatchedFile, run: ImportRun, reason: str) -> None:
        run.complete = settings.IMPORT_FOLDER_COMPLETE
        run.remark = " ".join(filter(None, (run.remark, reason)))
        run.save(update_fields=["complete", "remark"])
        words = reason if run.is_ready else _COLUMNS
        trouble_note(kind=TroubleKind.FILE_HELD, words=words, now=self.clock(), run=run)
        self._overtake(row)
        row.held = True
        row.save(update_fields=["held"])
        self._note("held", run, reason)

    def _overtake(self, row: WatchedFile) -> None:
        """Older files say less than a newer one that is imported, or waits for it."""
        for older in WatchedFile.objects.filter(modified_ns__lt=row.modified_ns):
            if older.run and older.run.state not in CLOSED:
                import_discard(run=older.run)
            self._put_away(older, REFUSED, [_OVERTAKEN])

    def _put_away(self, row: WatchedFile, where: str, report: list[str]) -> None:
        kind, now = TroubleKind.FILE_REFUSED, self.clock()
        if where == DONE:
            trouble_over(kind=kind, now=now, run=row.run)
        elif report[0] not in _NO_TROUBLE:
            trouble_note(kind=kind, words=report[0], now=now, run=row.run)
        file_put_away(self.where / row.name, where, report, now=self.clock())
        row.delete()
        self._note(where, row.run, report[0] if where == REFUSED else "")

    def _note(self, outcome: str, run: ImportRun | None, reason: str) -> None:
        self.look.counts[outcome] += 1
        self.look.reasons += [reason] if reason else []
        log.info("folder_import", outcome=outcome, run=str(run.id) if run else "")
