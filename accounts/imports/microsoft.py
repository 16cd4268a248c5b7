"""People from Microsoft Entra: read the tenant, preview, and apply what is inside the limits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.entra.directory.models import EntraReading, EntraRules
from accounts.entra.directory.reading import BeingReadError, directory_read, is_passing
from accounts.entra.directory.rules import accounts_count
from accounts.entra.errors import EntraError
from accounts.imports.models import ImportRun, RunState, Source
from accounts.imports.services import import_apply, import_from_entra
from accounts.imports.troubles import LASTING, TroubleKind, trouble_note, trouble_over
from accounts.signin.models import User
from ledger import journal
from ledger.commands import Refusal

FIRST_TIME = (
    "These are the first people from Microsoft Entra: look at them, then apply. Later readings are "
    "applied by themselves."
)


@dataclass(frozen=True)
class Sync:
    """What became of a reading: `up_to_date`, `applied`, or `held` for a yes, with the reason."""

    state: str
    run: ImportRun | None = None
    reason: str = ""


def directory_sync(*, actor: str, user: User | None, confirm: bool, now: datetime) -> Sync:
    """Read the tenant, and bring the directory in line with it.

    `confirm`: also the first time, and when many would leave. Raises EntraError when the tenant was
    not read to the end; nothing of the directory is changed then.
    """
    _read(now)
    return directory_align(actor=actor, user=user, confirm=confirm, now=now)


def _read(now: datetime) -> None:
    try:
        directory_read(now=now)
    except BeingReadError:
        raise
    except EntraError as error:
        lasting = LASTING if is_passing(error) else timedelta()
        trouble_note(kind=TroubleKind.READING, words=str(error), now=now, lasting=lasting)
        raise
    trouble_over(kind=TroubleKind.READING, now=now)


def directory_align(*, actor: str, user: User | None, confirm: bool, now: datetime) -> Sync:
    """Bring the directory in line with what was read of the tenant last."""
    EntraReading.objects.update(counts=accounts_count(EntraRules.current()))
    run = import_from_entra(user=user, now=now)
    if not _changes_anything(run):
        run.delete()
        trouble_over(kind=TroubleKind.HELD, now=now)
        return Sync("up_to_date")
    try:
        _check_first_time(confirm=confirm)
        import_apply(run=run, actor=actor, complete=True, confirm_leavers=confirm, now=now)
    except Refusal as refusal:
        return _held(run, str(refusal), now)
    run.refresh_from_db()
    trouble_over(kind=TroubleKind.HELD, now=now, run=run)
    return Sync("applied", run)


@transaction.atomic
def rules_save(*, rules: EntraRules, user: User, now: datetime) -> None:
    """Go by `rules` from the next reading on. Ends with `directory.rules_saved`.

    Whoever has the day read gets the first reading at once.
    """
    rules.save()
    if rules.daily:
        EntraReading.objects.made()
        EntraReading.objects.filter(next_at=None).update(next_at=now)
    else:
        EntraReading.objects.update(next_at=None)
    if not rules.ask_zone:
        EntraReading.objects.update(zones_at=None, zones_trouble="")
    lists = {name: len(getattr(rules, name)) for name in ("domains", "groups", "left_out")}
    data = {
        **lists,
        "ask_purpose": rules.ask_purpose,
        "ask_zone": rules.ask_zone,
        "daily": rules.daily,
    }
    journal.append("directory.rules_saved", actor=user.ref, subject="directory", now=now, data=data)


def _changes_anything(run: ImportRun) -> bool:
    return bool(run.new or run.changed or run.leavers or run.missing)


def _check_first_time(*, confirm: bool) -> None:
    applied = ImportRun.objects.filter(source=Source.ENTRA, state=RunState.APPLIED)
    if not confirm and not applied.exists():
        raise Refusal(FIRST_TIME)


def _held(run: ImportRun, reason: str, now: datetime) -> Sync:
    """The first time is no trouble: somebody has asked for it, and looks."""
    run.remark = reason
    run.save(update_fields=["remark"])
    if reason != FIRST_TIME:
        trouble_note(kind=TroubleKind.HELD, words=reason, now=now, run=run)
    return Sync("held", run, reason)
