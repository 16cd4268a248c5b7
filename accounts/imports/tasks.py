"""Reads what waits, uploads and the tenant; without arguments, for the database says what."""

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.entra.config import connected
from accounts.entra.directory.reading import reading_due, zones_go_on
from accounts.entra.directory.zones import zones_due
from accounts.entra.errors import EntraError
from accounts.imports.folder import folder_look
from accounts.imports.microsoft import directory_sync
from accounts.imports.models import ImportRun
from accounts.imports.services import import_read, imports_expire
from ledger.commands import Refusal
from ledger.journal import SYSTEM

log = structlog.get_logger(__name__)


@shared_task
def stage_waiting() -> None:
    """Read every waiting upload, the oldest first, and discard what nobody came back for."""
    for run in ImportRun.objects.waiting(timezone.now()):
        import_read(run=run, now=timezone.now())
    imports_expire(now=timezone.now())


@shared_task
def sync_directory() -> None:
    """Read the tenant's directory when the day or somebody wants it, else what it left to ask."""
    now = timezone.now()
    if not connected():
        return
    try:
        if reading_due(now=now):
            done = directory_sync(actor=SYSTEM, user=None, confirm=False, now=now)
            log.info("entra_directory_read", state=done.state)
        elif zones_due(now=now):
            zones_go_on(now=now)
    except EntraError as error:
        log.warning("entra_directory_not_read", reason=str(error))


@shared_task
def look_into_folder() -> None:
    """Import the newest whole file of the watched folder, if one is watched."""
    if not settings.IMPORT_FOLDER:
        return
    try:
        folder_look(clock=timezone.now)
    except (Refusal, OSError) as error:
        log.warning("import_folder_not_read", reason=str(error))
