"""Writes: an export is asked for, made at once, and downloaded."""

from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.reminders.seal import outcomes_seal
from ledger import journal
from ledger.checkpoints import Occasion, checkpoint_publish
from ledger.commands import Refusal
from reports.building import LEASE, Clock, export_fail, export_make
from reports.datasets.options import Options
from reports.datasets.position import position_take
from reports.models import Export, ExportKind, ExportState
from reports.storage import evidence_open

COMMAND = "command"


def export_request(
    *,
    campaign: Campaign,
    user: User | None,
    now: datetime,
    as_of: int | None = None,
    kind: str = ExportKind.BUNDLE,
    options: Options | None = None,
    key: UUID | None = None,
) -> Export:
    """Ask for an export of `campaign` as of ledger position `as_of`, or of now.

    A worker makes it. Raises Refusal for a draft, and for a position before the launch or ahead.
    `key` is its id, for a schedule that has to notice that it asked before.
    """
    fields: dict[str, Any] = {"kind": kind, **({"id": key} if key else {})}
    by = journal.SYSTEM if key and not user else ""
    return _request(campaign, user, now, as_of, options or options_usual(), by=by, **fields)


def export_repeat(*, export: Export, user: User | None, now: datetime) -> Export:
    """Ask for the same position, kind and options once more: the same bytes. Raises Refusal."""
    options = Options.from_json(export.options)
    return _request(export.campaign, user, now, export.seq, options, kind=export.kind)


def options_usual() -> Options:
    """As usual, with days ending as they end for the company."""
    return Options(time_zone=settings.TIME_ZONE)


def options_wanted(**said: object) -> Options:
    """The usual options but for what was `said`; None and '' say nothing. Raises Refusal."""
    wanted = {name: value for name, value in said.items() if value not in (None, "")}
    return Options.from_json({**options_usual().to_json(), **wanted})


def export_now(
    *,
    campaign: Campaign,
    clock: Clock,
    as_of: int | None = None,
    kind: str = ExportKind.BUNDLE,
    options: Options | None = None,
) -> Export:
    """Ask for an export and make it in the foreground. Raises Refusal."""
    now = clock()
    held: dict[str, Any] = {
        "kind": kind,
        "state": ExportState.RUNNING,
        "lease_until": now + LEASE,
        "tries": 1,
    }
    export = _request(campaign, None, now, as_of, options or options_usual(), **held)
    try:
        export_make(export=export, clock=clock)
    except Exception as error:
        export_fail(export=export, reason=str(error))
        raise
    return export


def export_download(*, export: Export, user: User, now: datetime) -> IO[bytes]:
    """The finished file, open for reading; the event of the download stands before any byte leaves.

    Raises Refusal when it is not ready, and when the file is not the one that was made.
    """
    if export.state == ExportState.DELETED:
        raise Refusal(
            "This file was deleted when its time was over. Ask for an export as of ledger position"
            f" {export.seq}: it will hold the same."
        )
    if not export.ready:
        raise Refusal("This export is not ready yet. Wait until its page says so.")
    file = evidence_open(export=export)
    with transaction.atomic():
        data = {"campaign": export.campaign.ref, "sha256": export.sha256}
        journal.append("export.downloaded", actor=user.ref, subject=export.ref, now=now, data=data)
    return file


def _request(
    campaign: Campaign,
    user: User | None,
    now: datetime,
    as_of: int | None,
    options: Options,
    *,
    by: str = "",
    **fields: Any,
) -> Export:
    # Refused before anything is written; what is sealed and signed now is what it can show.
    position_take(campaign, as_of if as_of is not None else journal.position()[0], options)
    outcomes_seal(now=now)
    checkpoint = checkpoint_publish(now=now, occasion=Occasion.EXPORT)
    last = checkpoint.size if checkpoint else journal.position()[0]
    seq = as_of if as_of is not None else last
    with transaction.atomic():
        export = Export.objects.create(
            campaign=campaign, seq=seq, options=options.to_json(), requested_by=user,
            requested_at=now, **fields,
        )  # fmt: skip
        journal.append(
            "export.requested",
            actor=by or (user.ref if user else COMMAND),
            subject=export.ref,
            now=now,
            data={
                "campaign": campaign.ref,
                "kind": export.kind,
                "options": options.digest,
                "position": seq,
            },
        )
    return export
