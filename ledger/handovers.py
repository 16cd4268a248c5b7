"""Handing over from one signing key to the next: signed by both, and an event."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from ledger import journal
from ledger.keys import current_key_id, key_id, private_key, signing_key
from ledger.models import KeyHandover
from ledger.notes import handover_statement
from ledger.refusals import Refusal


@transaction.atomic
def key_rotate(*, now: datetime) -> KeyHandover:
    """Hand over from `LEDGER_KEY_PREVIOUS` to `LEDGER_KEY`.

    Raises Refusal when the previous key is missing, or not the one that signs this ledger.
    """
    if not settings.LEDGER_KEY_PREVIOUS:
        raise Refusal(
            "Put the new key into LEDGER_KEY and the old one into LEDGER_KEY_PREVIOUS: both sign"
            " the hand-over."
        )
    old = private_key(settings.LEDGER_KEY_PREVIOUS, name="LEDGER_KEY_PREVIOUS")
    new = signing_key()
    old_id, new_id = key_id(old.public_key()), key_id(new.public_key())
    data = {"from": old_id, "to": new_id}
    # First the event: its lock lets of two who rotate at once the second see the first.
    event = journal.append(
        "ledger.key_rotated", actor="command", subject="ledger", now=now, data=data
    )
    _refuse_stranger(old_id, new_id)
    row = KeyHandover(
        size=event.seq - 1,
        old_key=old.public_key().public_bytes_raw(),
        new_key=new.public_key().public_bytes_raw(),
        ts=now,
    )
    text = handover_statement(row).encode()
    row.old_signature, row.new_signature = old.sign(text), new.sign(text)
    row.save()
    return row


def _refuse_stranger(old_id: str, new_id: str) -> None:
    expected = current_key_id()
    if expected == new_id:
        raise Refusal("LEDGER_KEY signs this ledger already: there is nothing to hand over.")
    if old_id == new_id:
        raise Refusal("LEDGER_KEY and LEDGER_KEY_PREVIOUS are the same key.")
    if expected and expected != old_id:
        raise Refusal(
            f"LEDGER_KEY_PREVIOUS ({old_id[:16]}…) is not the key that signs this ledger"
            f" ({expected[:16]}…)."
        )
