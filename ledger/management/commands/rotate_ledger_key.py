"""`manage.py rotate_ledger_key`: the old and the new signing key sign the hand-over."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from ledger.checkpoints import checkpoint_publish
from ledger.commands import JsonCommand
from ledger.handovers import key_rotate
from ledger.keys import raw_key_id


class Command(JsonCommand):
    help = "Hand over from LEDGER_KEY_PREVIOUS to LEDGER_KEY; then restart every process."
    guarded = False  # until it has run, the new key is a stranger to the published checkpoints

    def run(self, **_options: Any) -> Mapping[str, object]:
        now = timezone.now()
        row = key_rotate(now=now)
        checkpoint_publish(now=now)
        old, new = raw_key_id(bytes(row.old_key)), raw_key_id(bytes(row.new_key))
        return {"from": old, "to": new, "seq": row.size + 1}

    def sentence(self, result: Mapping[str, Any]) -> str:
        return (
            f"Handed over after event {result['seq'] - 1}.\nOld key: {result['from']}\n"
            f"New key: {result['to']}\nRestart every process, then remove LEDGER_KEY_PREVIOUS,"
            " and give the new fingerprint to your auditors."
        )
