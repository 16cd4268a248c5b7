"""Is this the ledger that was published? After a restored backup nothing starts by itself."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from ledger import journal
from ledger.copies import copies_folder, copy_read, last_copy
from ledger.keys import KeyChain
from ledger.models import Acceptance, Event
from ledger.notes import NoteError, Stated
from ledger.refusals import Refusal

KIND = "ledger.accepted"
REASON_MAX = 200


class UnreadableCopyError(Exception):
    """The last copy, or its folder, cannot be read; says what to do."""


def refuse_restored() -> None:
    """Raises Refusal unless the ledger holds the checkpoint that was published last.

    One row is read, not the whole chain: the hash of event n stands for all events up to it.
    `verify_ledger` reads them all.
    """
    try:
        lost = lost_checkpoint()
    except UnreadableCopyError as error:
        raise Refusal(str(error)) from error
    if lost:
        raise Refusal(_sentence(lost))


def lost_checkpoint() -> Stated | None:
    """The checkpoint that binds us when the ledger does not hold it. Raises UnreadableCopyError."""
    said = binding_copy()
    return None if said is None or _stands(said) else said


def binding_copy() -> Stated | None:
    """What the last copy says, unless somebody accepted its loss. Raises UnreadableCopyError."""
    said = _last_copy()
    return None if said and _accepted(said) else said


def _accepted(said: Stated) -> bool:
    """A row alone accepts nothing: whoever cuts the ledger could add one. Its event must stand."""
    rows = Acceptance.objects.filter(size=said.size, head=said.head)
    events = Event.objects.filter(seq__in=rows.values("seq")).values_list("body", flat=True)
    return any(_accepts(json.loads(body), said) for body in events)


def _accepts(event: Mapping[str, Any], said: Stated) -> bool:
    return bool(event["kind"] == KIND and event["data"]["published"] == _published(said))


def _published(said: Stated) -> dict[str, object]:
    return {"head": said.head.hex(), "size": said.size}


def _last_copy() -> Stated | None:
    try:
        path = last_copy()
        said = copy_read(path) if path else None
    except (OSError, NoteError, UnicodeDecodeError) as error:
        raise UnreadableCopyError(
            f"The copies of checkpoints in {copies_folder()} (CHECKPOINT_DIR) cannot be read:"
            f" {error}. Make the folder, connect it again, or move the faulty file away."
        ) from error
    if said and path:
        _refuse_unsigned(said, path)
    return said


def ledger_accept(*, reason: str, now: datetime) -> Acceptance:
    """Go on with the ledger as it stands although a later one was published; that is an event.

    Raises Refusal without a reason, and when there is nothing to accept.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MAX:
        raise Refusal(f"Say why, in at most {REASON_MAX} characters: auditors will ask.")
    try:
        lost = lost_checkpoint()
    except UnreadableCopyError as error:
        raise Refusal(str(error)) from error
    if lost is None:
        raise Refusal("The ledger holds the last published checkpoint: nothing is to be accepted.")
    with transaction.atomic():
        data = {
            "committed": journal.commit_values("ledger", {"reason": reason}),
            "published": _published(lost),
            "standing": journal.position()[0],
        }
        event = journal.append(KIND, actor="command", subject="ledger", now=now, data=data)
        return Acceptance.objects.create(size=lost.size, head=lost.head, seq=event.seq, at=now)


def _stands(said: Stated) -> bool:
    if said.size == 0:
        return True
    return Event.objects.filter(seq=said.size, hash=said.head).exists()


def _refuse_unsigned(said: Stated, path: Path) -> None:
    chain = KeyChain.read()
    if chain.fault or not chain.holds(said):
        raise UnreadableCopyError(
            f"{path} is not signed by the ledger's key. Was LEDGER_KEY changed? Then put the old"
            " one into LEDGER_KEY_PREVIOUS and run: manage.py rotate_ledger_key"
        )


def _sentence(lost: Stated) -> str:
    seq = journal.position()[0]
    what = (
        f"is older than what was published: it ends with event {seq}"
        if seq < lost.size
        else f"is not the one that was published: its event {lost.size} is another"
    )
    return (
        f"The ledger {what}, but a checkpoint over {lost.size} events was published on"
        f" {lost.at}. A backup was restored, or the database was changed. Restore a newer one; or,"
        " when what is missing is lost for good, say so: manage.py ledger_accept --reason …"
    )
