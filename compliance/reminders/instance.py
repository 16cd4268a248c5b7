"""Which installation this is. After a restore, a clone or a move nothing is sent by itself."""

import hashlib
import json
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from accounts.signin.models import User
from compliance.reminders.models import Instance
from ledger import journal
from ledger.canonical import canonical_json
from ledger.commands import Refusal
from ledger.models import Event

ANOTHER = "This database was last used by another installation: it was copied, moved or restored."
OLDER = "This database is older than what this installation remembers: a backup was restored."
_DATABASE = (
    "SELECT (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), "
    "CASE WHEN has_function_privilege('pg_control_system()', 'execute') "
    "THEN (SELECT system_identifier::text FROM pg_control_system()) ELSE '' END"
)


def fingerprint() -> str:
    """SHA-256 over what tells this installation and its database from any other."""
    facts = {"instance": _instance_id(), **_database_facts()}
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def hold_reason() -> str:
    """Why nothing may be sent, '' when all is well. Reads only."""
    row = Instance.objects.filter(id=1).first()
    if row is None:
        return ""
    return row.held_reason if row.held_since else _mismatch(row)


def instance_check(*, now: datetime) -> str:
    """Take a new database over, or hold sending in one that is not (or no longer) ours.

    Returns why it is held, '' when mails may leave. Called before every run.
    """
    Instance.objects.bulk_create([Instance(id=1, fingerprint=fingerprint())], ignore_conflicts=True)
    reason = hold_reason()
    if reason:
        fresh = Instance.objects.filter(id=1, held_since=None)
        fresh.update(held_since=now, held_reason=reason)
    return reason


def sending_release(*, user: User | None, now: datetime) -> None:
    """Somebody looked and says: from here mails may leave. Raises Refusal when nothing is held."""
    reason = hold_reason()
    if not reason:
        raise Refusal("Sending is not held; there is nothing to release.")
    with transaction.atomic():
        Instance.objects.filter(id=1).update(
            fingerprint=fingerprint(), held_since=None, held_reason=""
        )
        _mark_path().unlink(missing_ok=True)
        journal.append(
            "sending.released",
            actor=user.ref if user else "command",
            subject="instance",
            now=now,
            data={"reason": "another" if reason == ANOTHER else "older"},
        )
    position_remember()


def position_remember() -> None:
    """Keep the ledger's position outside of the database: a restored backup falls behind it."""
    if not _remembered_stands():
        return  # only a release makes us forget what we saw
    seq, hash_ = journal.position()
    path = _mark_path()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.write_text(json.dumps({"seq": seq, "hash": hash_.hex()}), encoding="utf-8")
    draft.replace(path)


def _mismatch(row: Instance) -> str:
    if row.fingerprint != fingerprint():
        return ANOTHER
    return "" if _remembered_stands() else OLDER


def _remembered_stands() -> bool:
    """Whether the ledger still holds the event that this installation saw last."""
    try:
        mark = json.loads(_mark_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    expected = bytes.fromhex(mark["hash"])
    return not mark["seq"] or Event.objects.filter(seq=mark["seq"], hash=expected).exists()


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "instance"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _mark_path() -> Path:
    """One for each database that this installation was ever used with."""
    return _folder() / f"position-{fingerprint()[:16]}.json"


def _instance_id() -> str:
    """OPTRAIL_INSTANCE_ID, else a random one that is drawn once for this data directory."""
    given: str = settings.INSTANCE_ID
    return given or _drawn_id()


def _drawn_id() -> str:
    path = _folder() / "id"
    if not path.exists():
        draft = path.with_name(f".id.{secrets.token_hex(8)}")
        draft.write_text(secrets.token_hex(16), encoding="utf-8")
        try:
            path.hardlink_to(draft)  # of two that start at once the first decides
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def _database_facts() -> dict[str, object]:
    place = connection.settings_dict
    facts = {"vendor": connection.vendor, "host": place["HOST"], "port": str(place["PORT"])}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_DATABASE)
            oid, system = cursor.fetchone()
        return {**facts, "name": place["NAME"], "oid": str(oid), "system": system}
    file = Path(place["NAME"]).resolve()
    return {**facts, "name": str(file), "inode": str(file.stat().st_ino)}
