"""checkpoints.txt and consistency.json: what was signed before, and that this one continues it."""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path

from ledger.canonical import canonical_json
from ledger.checkpoints import root_at
from ledger.keys import raw_key_id
from ledger.models import Checkpoint, KeyHandover
from ledger.notes import checkpoint_note, handover_statement, note
from ledger.proofs import consistency_proof
from reports.datasets.position import Position

CHECKPOINTS, CONSISTENCY = "checkpoints.txt", "consistency.json"
_EARLIER = 8  # bundles whose ledger is proved to be the beginning of this one's


def checkpoints_write(position: Position, folder: Path) -> None:
    """Every checkpoint up to the position, and every hand-over of keys, by size."""
    with (folder / CHECKPOINTS).open("w", encoding="utf-8", newline="\n") as file:
        notes = [(row.size, 1, _handover_note(row)) for row in KeyHandover.objects.all()]
        notes += [(row.size, 0, checkpoint_note(row)) for row in _checkpoints(position)]
        file.writelines(note for *_, note in sorted(notes))


def _handover_note(row: KeyHandover) -> str:
    """A hand-over of keys, with both signatures."""
    signatures = (
        (raw_key_id(bytes(row.old_key)), bytes(row.old_signature)),
        (raw_key_id(bytes(row.new_key)), bytes(row.new_signature)),
    )
    return note(handover_statement(row), signatures)


def consistency_write(position: Position, bundled: Sequence[int], folder: Path) -> None:
    """A proof from the position of each of the last bundles, and of the previous quarter's."""
    proofs = [_proof(size, position.seq) for size in _sizes(position, bundled)]
    (folder / CONSISTENCY).write_text(canonical_json(proofs) + "\n", encoding="utf-8", newline="\n")


def _checkpoints(position: Position) -> Iterator[Checkpoint]:
    """Those that stood when the position was first signed.

    One that somebody was still signing then, over fewer events, would come and go between two
    exports of the same position.
    """
    rows = Checkpoint.objects.filter(size__lte=position.seq)
    first = Checkpoint.objects.filter(size__gte=position.seq).order_by("id").first()
    return (rows.filter(id__lte=first.id) if first else rows).order_by("size").iterator()


def _sizes(position: Position, bundled: Sequence[int]) -> list[int]:
    """Distinct earlier positions; those of other campaigns are states of the same ledger."""
    latest = list(dict.fromkeys(reversed(bundled)))[:_EARLIER]
    wanted = {*latest, position.options.previous}
    return sorted(size for size in wanted if size and size < position.seq)


def _proof(first: int, second: int) -> dict[str, object]:
    proof = [_base64(node) for node in consistency_proof(first, second)]
    return {"from": first, "proof": proof, "root": _base64(root_at(first)), "to": second}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
