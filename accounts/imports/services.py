"""What can be done with an import: upload, read, correct, apply, discard."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.directory.models import Employee
from accounts.directory.signals import directory_changed, directory_follow
from accounts.imports.applying import people_apply
from accounts.imports.matching import rows_compare
from accounts.imports.models import (
    READING_LEASE,
    DirectoryVersion,
    ImportRun,
    Outcome,
    RunState,
    Source,
)
from accounts.imports.reading.columns import check
from accounts.imports.reading.errors import FileRefused, MappingNeeded
from accounts.imports.staging import accounts_stage, rows_stage
from accounts.sets import statistics_refresh
from accounts.signin.models import User
from ledger import journal
from ledger.commands import Refusal

# Files and rows of imports that nobody applied are personal data without a purpose.
KEPT_UNAPPLIED = timedelta(days=7)
LEAVERS_UNASKED = 25
LEAVERS_UNASKED_SHARE = 10  # percent

CLOSED = (RunState.APPLIED, RunState.DISCARDED)
_AGAIN = "The directory has changed since this preview was made. Preview again, then apply."


def import_upload(*, file: BinaryIO, name: str, user: User | None, now: datetime) -> ImportRun:
    """Keep the uploaded file for reading. Raises Refusal when it exceeds IMPORT_MAX_BYTES."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
        _check_size(size)
    file.seek(0)
    run = ImportRun(
        file_name=name[-255:],
        file_size=size,
        sha256=digest.hexdigest(),
        created_by=user,
        created_at=now,
    )
    run.file.save(f"{run.id}", File(file), save=False)
    run.save()
    return run


def _check_size(size: int) -> None:
    if size > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES >> 20
        raise Refusal(
            f"The file is larger than {limit:,} MB. Export fewer columns, or ask your "
            "administrator to raise IMPORT_MAX_BYTES."
        )


def import_from_entra(*, user: User | None, now: datetime) -> ImportRun:
    """Preview what is kept of the tenant's directory, in place of earlier such previews.

    The run ends as PREVIEWED.
    """
    run = ImportRun.objects.create(
        source=Source.ENTRA,
        file_name=Source.ENTRA.label,
        file_size=0,
        state=RunState.READING,
        reading_since=now,
        created_by=user,
        created_at=now,
    )
    # Whoever looks meanwhile finds one of them, always.
    others = ImportRun.objects.filter(source=Source.ENTRA).exclude(id=run.id)
    for earlier in others.exclude(state__in=CLOSED):
        import_discard(run=earlier)
    _read(run, {}, now)
    return run


def import_read(*, run: ImportRun, now: datetime, wishes: dict[str, str] | None = None) -> bool:
    """Read the file and make the preview; False when somebody else is reading it just now.

    `wishes` correct columns (column → field). The run ends as PREVIEWED, UNMAPPED (columns to
    choose) or REFUSED, the latter two with the reason in `refusal`.
    """
    if not _claim(run, now):
        return False
    _read(run, wishes or {}, now)
    return True


def _read(run: ImportRun, wishes: dict[str, str], now: datetime) -> None:
    try:
        if run.from_entra:
            accounts_stage(run=run, now=now)
        else:
            rows_stage(run=run, path=Path(run.file.path), wishes=wishes, now=now)
        _compare(run)
    except MappingNeeded as reason:
        _give_up(run, RunState.UNMAPPED, str(reason))
    except FileRefused as reason:
        _give_up(run, RunState.REFUSED, str(reason))
    except BaseException:
        _give_up(
            run,
            RunState.REFUSED,
            "Optrail failed while reading; its log says why. Nothing was changed.",
        )
        raise


def import_queue(*, run: ImportRun) -> None:
    """Leave the reading to the worker, who looks for waiting uploads every few seconds."""
    closed = (*CLOSED, RunState.READING)
    ImportRun.objects.filter(id=run.id).exclude(state__in=closed).update(state=RunState.UPLOADED)


def _claim(run: ImportRun, now: datetime) -> bool:
    """One conditional UPDATE decides who reads."""
    open_runs = ImportRun.objects.filter(id=run.id).exclude(state__in=CLOSED)
    free = open_runs.exclude(state=RunState.READING, reading_since__gt=now - READING_LEASE)
    claimed = free.update(state=RunState.READING, reading_since=now, refusal="")
    run.refresh_from_db()
    return claimed == 1


@transaction.atomic
def _compare(run: ImportRun) -> None:
    run.directory_version = DirectoryVersion.current()
    rows_compare(run=run)
    run.state = RunState.PREVIEWED
    run.save()


def _give_up(run: ImportRun, state: RunState, reason: str) -> None:
    run.staged.all().delete()
    run.state, run.refusal = state, reason
    run.save()


def import_map(*, run: ImportRun, fields: Sequence[str]) -> None:
    """Choose the field of every column, in the file's order; the file is read again afterwards.

    Raises MappingNeeded when they do not lead to people, Refusal when the run is closed.
    """
    mapping = [
        {"column": entry["column"], "field": field}
        for entry, field in zip(run.mapping, fields, strict=True)
    ]
    check(mapping)
    if run.from_entra:
        raise Refusal("What Microsoft Entra calls a property is no matter of choice.")
    _require(run, RunState.PREVIEWED, RunState.UNMAPPED)
    run.mapping = mapping
    run.save(update_fields=["mapping"])


def _require(run: ImportRun, *states: RunState) -> None:
    if run.state not in states:
        raise Refusal(f"This import is {run.get_state_display()}. Upload the file again.")


def import_check(*, run: ImportRun, complete: bool, confirm_leavers: bool) -> None:
    """Raises Refusal when `import_apply` would refuse the preview as it stands; saves nothing."""
    _require(run, RunState.PREVIEWED)
    run.complete = complete or run.from_entra
    _check_something_to_apply(run)
    if not confirm_leavers:
        _check_leavers(run)
    if DirectoryVersion.current() != run.directory_version:
        raise Refusal(_AGAIN)


def import_apply(
    *, run: ImportRun, actor: str, complete: bool, confirm_leavers: bool, now: datetime
) -> None:
    """Make the previewed people the directory, in one transaction or not at all.

    `complete`: the file names everyone, so those it does not name have left. Raises Refusal when
    the preview is stale or many would leave unconfirmed. Ends with the event `people.imported`.
    """
    try:
        with transaction.atomic():
            run = _queued(run)
            import_check(run=run, complete=complete, confirm_leavers=confirm_leavers)
            people_apply(run=run, now=now)
            # People before the version, here as wherever the directory changes: no two can
            # deadlock.
            if not DirectoryVersion.move_on(from_version=run.directory_version):
                raise Refusal(_AGAIN)
            _record(run, actor, now)
    except IntegrityError as error:
        raise Refusal(_AGAIN) from error
    statistics_refresh(Employee)


def _queued(run: ImportRun) -> ImportRun:
    """The run, once no other import is being applied: each locks all that could be."""
    ready = ImportRun.objects.filter(Q(state=RunState.PREVIEWED) | Q(id=run.id))
    locked = {row.id: row for row in ready.order_by("id").select_for_update()}
    return locked[run.id]


def _check_something_to_apply(run: ImportRun) -> None:
    if run.errors == run.rows:
        raise Refusal(
            "No row of the file can be imported. Mend the errors below and upload the file again."
        )


def _check_leavers(run: ImportRun) -> None:
    leaving = active_leavers(run)
    active = Employee.objects.active().count()
    if leaving > LEAVERS_UNASKED or leaving * 100 > active * LEAVERS_UNASKED_SHARE:
        raise Refusal(
            f"{leaving:,} of {active:,} people would leave. Confirm the leavers if that is right."
        )
    if run.complete and run.missing and (nameless := run.staged.nameless().count()):
        raise Refusal(
            f"{nameless:,} rows do not say whom they are about, and {run.missing:,} people whom "
            "no other row names "
            "would leave. Mend these rows, or confirm the leavers."
        )


def active_leavers(run: ImportRun) -> int:
    """How many people who work here now would leave."""
    marked = run.staged.filter(outcome=Outcome.LEAVER, known=True).count()
    return marked + (run.missing if run.complete else 0)


def _record(run: ImportRun, actor: str, now: datetime) -> None:
    counts = ("rows", "new", "changed", "unchanged", "leavers", "errors")
    data = {name: getattr(run, name) for name in counts}
    data |= {
        "source": run.source,
        "file_sha256": run.sha256,
        "complete": run.complete,
        "missing": run.missing if run.complete else 0,
    }
    data |= directory_follow(ImportRun, now=now)
    event = journal.append(
        "people.imported", actor=actor, subject=f"import:{run.id}", now=now, data=data
    )
    directory_changed.send(ImportRun, now=now, seq=event.seq)
    run.staged.good().delete()
    run.state, run.seq, run.applied_at = RunState.APPLIED, event.seq, now
    run.save()
    transaction.on_commit(lambda: run.file.delete(save=True))


def import_discard(*, run: ImportRun) -> None:
    """Throw an unapplied import away, file and rows; what remains says that there was one."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(id=run.id)
        if run.state == RunState.APPLIED:
            raise Refusal("This import was applied and cannot be discarded.")
        run.staged.all().delete()
        run.state = RunState.DISCARDED
        run.save()
        transaction.on_commit(lambda: run.file.delete(save=True))


def imports_expire(*, now: datetime) -> None:
    """Discard what nobody applied within KEPT_UNAPPLIED."""
    for run in ImportRun.objects.filter(created_at__lt=now - KEPT_UNAPPLIED).exclude(
        state__in=CLOSED
    ):
        import_discard(run=run)
