"""Which installation this is. After a restore, a clone or a move nothing is sent by itself."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format

from accounts.signin.models import User
from compliance.reminders.models import Instance
from ledger import journal
from ledger.canonical import canonical_json
from ledger.commands import Refusal
from ledger.models import Event

ANOTHER = "This database was last used by another installation: it was copied, moved or restored."
OLDER = "This database is older than what this installation remembers: a backup was restored."
REASON_MAX = 200
_CODES = {ANOTHER: "another", OLDER: "older"}
_DATABASE = (
    "SELECT (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), "
    "CASE WHEN has_function_privilege('pg_control_system()', 'execute') "
    "THEN (SELECT system_identifier::text FROM pg_control_system()) ELSE '' END"
)


def fingerprint() -> str:
    """SHA-256 over what tells this installation and its database from any other."""
    facts = {"instance": _instance_id(), **_database_facts()}
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


@dataclass(frozen=True)
class Hold:
    """Why nothing is sent: it looks like a copy (`copied` says how), or somebody stopped it."""

    copied: str
    stopped_since: datetime | None = None
    stopped_reason: str = ""
    stopped_by: User | None = None

    @property
    def who(self) -> str:
        """Who stopped it, in words."""
        return str(self.stopped_by) if self.stopped_by else "a command"

    def __str__(self) -> str:
        """One or two sentences."""
        stopped = ""
        if self.stopped_since:
            since = date_format(timezone.localtime(self.stopped_since), "j M Y, H:i")
            reason = self.stopped_reason
            end = "" if reason.endswith((".", "!", "?", "…")) else "."
            stopped = f"All mail was stopped by {self.who} on {since}: {reason}{end}"
        return " ".join(filter(None, (stopped, self.copied)))


def hold() -> Hold | None:
    """Why nothing may be sent, None when mails may leave. Reads only."""
    row = Instance.objects.select_related("stopped_by").filter(id=1).first()
    if row is None:
        return None
    copied = row.held_reason or _mismatch(row)
    if not copied and row.stopped_since is None:
        return None
    return Hold(copied, row.stopped_since, row.stopped_reason, row.stopped_by)


def hold_reason() -> str:
    """Why nothing may be sent in words, '' when all is well. Reads only."""
    return str(hold() or "")


def instance_check(*, now: datetime) -> str:
    """Take a new database over, or hold sending in one that is not (or no longer) ours.

    Returns why it is held, '' when mails may leave. Called before every run.
    """
    _row_ensure()
    held = hold()
    if held and held.copied:
        fresh = Instance.objects.filter(id=1, held_reason="")
        fresh.update(held_since=Coalesce("held_since", now), held_reason=held.copied)
    return str(held or "")


def sending_stop(*, user: User | None, reason: str, now: datetime) -> None:
    """The panic stop: once this is committed no hand-over begins, in any campaign, by anybody.

    What is being handed over at this moment still arrives. Ended by `sending_release`. Raises
    Refusal without a reason, and when it is stopped already.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MAX:
        raise Refusal(f"Say why, in at most {REASON_MAX} characters: others have to understand it.")
    _row_ensure()
    with transaction.atomic():
        stopped = Instance.objects.filter(id=1, stopped_since=None).update(
            held_since=Coalesce("held_since", now),
            stopped_since=now,
            stopped_reason=reason,
            stopped_by=user,
        )
        if not stopped:
            raise Refusal("All mail is stopped already.")
        data = {"committed": journal.commit_values("instance", {"reason": reason})}
        _note("sending.stopped", user, now, data)


def sending_release(*, user: User | None, now: datetime) -> None:
    """Somebody looked and says: from here mails may leave. Raises Refusal when nothing is held."""
    held = hold()
    if held is None:
        raise Refusal("Sending is not held; there is nothing to release.")
    with transaction.atomic():
        Instance.objects.filter(id=1).update(
            fingerprint=fingerprint(),
            held_since=None,
            held_reason="",
            stopped_since=None,
            stopped_reason="",
            stopped_by=None,
        )
        _mark_path().unlink(missing_ok=True)
        _note("sending.released", user, now, {"reason": _CODES.get(held.copied, "stopped")})
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


def _row_ensure() -> None:
    """The first run, or the first stop, takes a new database over."""
    Instance.objects.bulk_create([Instance(id=1, fingerprint=fingerprint())], ignore_conflicts=True)


def _note(kind: str, user: User | None, now: datetime, data: Mapping[str, object]) -> None:
    actor = user.ref if user else "command"
    journal.append(kind, actor=actor, subject="instance", now=now, data=data)


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
