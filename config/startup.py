"""What is looked at before pages are served or tasks are run: the ledger, and the settings."""

import hashlib
from typing import Any

import structlog
from celery.signals import beat_init, worker_init
from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from ledger.configuration import configuration_note
from ledger.keys import key_id, public_key
from ledger.refusals import Refusal
from ledger.restored import refuse_restored

# What changes who is mailed when, what is kept and where it is proved.
_SHOWN = (
    "VERSION",
    "LOCAL",
    "TIME_ZONE",
    "COMPANY_COUNTRY",
    "SENDING_HOURS",
    "MAILS_PER_WEEK",
    "EMAIL_RATE_PER_MINUTE",
    "EMAIL_RATE_PER_DAY",
    "EMAIL_CONNECTIONS",
    "EMAIL_BOUNCES",
    "OFFICER_DIGEST",
    "IMPORT_MAX_BYTES",
    "IMPORT_FOLDER_COMPLETE",
    "LOCAL_SIGN_IN",
    "SESSION_COOKIE_AGE",
)
# Of these only whether they changed: they are addresses and words.
_DIGESTED = (
    "PUBLIC_URL",
    "COMPANY_NAME",
    "EMAIL_FROM",
    "PHISHING_CHECK_TEXT",
    "CHECKPOINT_DIR",
    "IMPORT_FOLDER",
    "CHECKPOINT_MAIL",
)
log = structlog.get_logger(__name__)


def start_check() -> None:
    """Raises Refusal when the ledger is older than, or another one than, what was published.

    Then notes in the ledger which settings have changed. A database that does not answer yet, or
    waits for `migrate`, is what /healthz tells.
    """
    try:
        refuse_restored()
        configuration_note(values=behaviour(), now=timezone.now())
    except DatabaseError:
        log.warning("start_not_checked", exc_info=True)
    finally:
        connections.close_all()  # whoever forks after us opens connections of their own


def behaviour() -> dict[str, object]:
    """The settings that change what the program does, without secrets, addresses and words."""
    shown: dict[str, object] = {name.lower(): getattr(settings, name) for name in _SHOWN}
    digested = {name.lower(): _digest(getattr(settings, name)) for name in _DIGESTED}
    return {**shown, **digested, "entra": _entra(), "ledger_key": key_id(public_key())}


def _entra() -> str:
    """Which tenant signs users in, as which application; no credential."""
    given = settings.ENTRA
    return f"{given['cloud']}/{given['tenant_id']}/{given['client_id']}" if given else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""


# Celery publishes no types.
@worker_init.connect  # type: ignore[untyped-decorator]
@beat_init.connect  # type: ignore[untyped-decorator]
def program_starts(**_signal: Any) -> None:
    """Celery goes on after an exception of a receiver, but not after this one."""
    try:
        start_check()
    except Refusal as refusal:
        raise SystemExit(str(refusal)) from refusal
