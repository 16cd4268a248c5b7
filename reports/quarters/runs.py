"""Runs: an export is asked for, followed until it is made or given up, and people are told."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F

from accounts.signin.models import Role, User
from ledger import journal
from ledger.commands import Refusal
from reports.datasets.options import Edition, Options
from reports.models import Export, ExportKind, ExportState
from reports.quarters.models import Closing, Run, StandingExport
from reports.quarters.standing import standing_stop
from reports.quarters.telling import made_tell, trouble_tell
from reports.services import export_request, options_usual

# A run is tried again after these waits, and given up after the last.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))
TRIES = len(WAITS) + 1
_log = structlog.get_logger(__name__)


def runs_ask(*, now: datetime) -> int:
    """Ask for the export of every run whose time has come; returns how many were asked for."""
    return sum(
        _ask(run, now) for run in Run.objects.to_ask(now).with_all().order_by("next_at", "pk")
    )


def runs_settle(*, now: datetime) -> None:
    """See what became of the exports that were asked for, and tell people."""
    for run in Run.objects.open().exclude(export=None).with_all():
        with transaction.atomic():
            # Of two runs that end at the same moment, the second one sees the first.
            Closing.objects.select_for_update().get(pk=run.closing_id)
            _settle(run, now)


@transaction.atomic
def run_again(*, run: Run, user: User, now: datetime) -> Run:
    """Try a run again that was given up. Raises Refusal for any other."""
    run = Run.objects.select_for_update(of=("self",)).with_all().get(pk=run.pk)
    if not run.failed:
        raise Refusal("This one was not given up: there is nothing to try again.")
    run.export, run.settled_at, run.error = None, None, ""
    run.attempt, run.tries, run.next_at = run.attempt + 1, 0, now
    run.save()
    data = {"campaign": run.campaign.ref, "position": run.closing.seq, "attempt": run.attempt}
    journal.append("run.repeated", actor=user.ref, subject=f"run:{run.pk}", now=now, data=data)
    return run


def _ask(run: Run, now: datetime) -> bool:
    if run.tries >= TRIES:
        _give_up(run, f"The program ended {TRIES} times while it asked for this export.", now)
        return False
    if not _claim(run, now):
        return False
    try:
        run.export = _export_of(run, now)
    except Refusal as refusal:
        _give_up(run, str(refusal), now)
    except Exception as error:  # noqa: BLE001 - whatever it is, it stands on the page
        _log.exception("run failed", run=str(run.pk))
        _try_later(run, f"{type(error).__name__}: {error}", now)
    else:
        Run.objects.filter(pk=run.pk).update(export=run.export, error="")
        return True
    return False


def _claim(run: Run, now: datetime) -> bool:
    """Whether the caller may ask now: the conditional UPDATE has one winner.

    If it dies before it has asked, the next one may after the first wait.
    """
    wait = WAITS[min(run.tries, len(WAITS) - 1)]
    run.tries += 1
    mine = Run.objects.to_ask(now).filter(pk=run.pk)
    return bool(mine.update(tries=F("tries") + 1, next_at=now + wait))


def _export_of(run: Run, now: datetime) -> Export:
    """The run's export, asked for once in each attempt. Raises Refusal."""
    if asked := Export.objects.filter(pk=run.export_key).first():
        return asked
    if run.standing:
        _refuse_without_right(run.standing, now)
    return export_request(
        campaign=run.campaign,
        user=run.standing.owner if run.standing else None,
        now=now,
        as_of=run.closing.seq,
        kind=run.standing.kind if run.standing else ExportKind.BUNDLE,
        options=_options(run),
        key=run.export_key,
    )


def _refuse_without_right(standing: StandingExport, now: datetime) -> None:
    """Raises Refusal, and stops the standing export, when its owner may order none today."""
    if standing.owner.has_role(Role.OFFICER, Role.ADMIN):
        return
    reason = "Its owner is not an officer any more."
    if StandingExport.objects.active().filter(pk=standing.pk).exists():
        standing_stop(standing=standing, user=None, now=now, why=reason)
    raise Refusal(f"{reason} The standing export was stopped; an officer can order one anew.")


def _options(run: Run) -> Options:
    edition = Edition(run.standing.edition) if run.standing else Edition.FULL
    return replace(options_usual(), edition=edition, previous=_previous(run))


def _previous(run: Run) -> int | None:
    """Where the same campaign stood at the end of the period before; None the first time."""
    before = Run.objects.filter(
        campaign=run.campaign,
        standing=run.standing,
        closing__every=run.closing.every,
        closing__last__lt=run.closing.last,
    )
    return before.order_by("-closing__last").values_list("closing__seq", flat=True).first()


def _try_later(run: Run, reason: str, now: datetime) -> None:
    if run.tries >= TRIES:
        _give_up(run, reason, now)
    else:
        Run.objects.filter(pk=run.pk).update(error=reason)
        trouble_tell(run=run, final=False, now=now)


def _give_up(run: Run, reason: str, now: datetime) -> None:
    with transaction.atomic():
        Closing.objects.select_for_update().get(pk=run.closing_id)
        if Run.objects.open().filter(pk=run.pk).update(error=reason, settled_at=now):
            trouble_tell(run=run, final=True, now=now)
            _tell_when_all_are(run, now)


def _settle(run: Run, now: datetime) -> None:
    export = run.export
    assert export is not None
    if export.unfinished:
        if export.error:
            trouble_tell(run=run, final=False, now=now)
    elif Run.objects.open().filter(pk=run.pk, export=export).update(settled_at=now):
        if export.state == ExportState.FAILED:
            _log.error("evidence given up", run=str(run.pk), export=str(export.pk))
            trouble_tell(run=run, final=True, now=now)
        _tell_when_all_are(run, now)


def _tell_when_all_are(run: Run, now: datetime) -> None:
    """One mail for a whole period, when nothing of it is under way any more."""
    together = Run.objects.filter(closing=run.closing, standing=run.standing)
    if not together.open().exists():
        made_tell(run=run, now=now)
