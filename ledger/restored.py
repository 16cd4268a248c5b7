"""Is this the ledger that was published? After a restored backup nothing starts by itself."""

import base64
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ledger import journal
from ledger.acceptances import Accepted
from ledger.canonical import utc_text
from ledger.keys import key_id, refuse_unknown_key, signing_key
from ledger.models import Acceptance, Head
from ledger.notes import Stated
from ledger.published import UnreadableCopyError, lost_checkpoints
from ledger.refusals import Refusal

REASON_MAX = 200


def refuse_restored() -> None:
    """Raises Refusal unless the ledger holds every checkpoint that was published.

    A row is read for each, not the whole chain: the hash of event n stands for all events up to
    it. `verify_ledger` reads them all.
    """
    try:
        lost = next(lost_checkpoints(), None)
    except UnreadableCopyError as error:
        raise Refusal(str(error)) from error
    if lost:
        raise Refusal(_sentence(lost))


def ledger_accept(*, reason: str, now: datetime) -> Acceptance:
    """Go on with the ledger as it stands although a later one was published; that is an event,
    which our key signs.

    Raises Refusal without a reason or a key, and when there is nothing to accept.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MAX:
        raise Refusal(f"Say why, in at most {REASON_MAX} characters: auditors will ask.")
    try:
        lost = list(lost_checkpoints())
    except UnreadableCopyError as error:
        raise Refusal(str(error)) from error
    if not lost:
        raise Refusal("The ledger holds the last published checkpoint: nothing is to be accepted.")
    refuse_unknown_key()
    with transaction.atomic():
        head = journal.head_lock()
        data = _signed(_data(lost, reason, head), head, now)
        event = journal.append(
            "ledger.accepted", actor="command", subject="ledger", now=now, data=data
        )
        newest = lost[0]
        return Acceptance.objects.create(size=newest.size, head=newest.head, seq=event.seq, at=now)


def _data(lost: Sequence[Stated], reason: str, head: Head) -> dict[str, object]:
    """What is given up: every checkpoint from the smallest lost size on, up to the newest."""
    newest = lost[0]
    return {
        "committed": journal.commit_values("ledger", {"reason": reason}),
        "head": bytes(head.hash).hex(),
        "lost_from": min(said.size for said in lost),
        "published": {"at": newest.at, "head": newest.head.hex(), "size": newest.size},
        "standing": head.seq,
    }


def _signed(data: dict[str, object], head: Head, now: datetime) -> dict[str, object]:
    key = signing_key()
    said = Accepted(head.seq + 1, bytes(head.hash).hex(), utc_text(now), data)
    signature = base64.b64encode(key.sign(said.text.encode())).decode()
    return {**data, "key": key_id(key.public_key()), "signature": signature}


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
