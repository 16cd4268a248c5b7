"""Integrity: where the ledger stood, how every figure was checked, and how to check again."""

import base64
from collections.abc import Iterator, Mapping, Sequence

from ledger.acceptances import accepted_standing, accepted_unsigned
from ledger.canonical import utc_text
from ledger.checkpoints import checkpoint_holds, root_at
from ledger.commands import Refusal
from ledger.keys import KeyChain
from ledger.models import Checkpoint
from reports.datasets.checks import Check
from reports.datasets.position import Position
from reports.datasets.tables import Fact, Section, Sheet

FORMAT = 5  # raise it with every change of what a workbook says or how it looks
_LEAD = (
    "This page says what the workbook rests on. The same campaign and ledger position give the"
    " same file, byte for byte: make it again and compare the SHA-256."
)


def integrity(
    position: Position, checks: Sequence[Check], rows: Mapping[str, int], replaced: int
) -> Sheet:
    """The proof page: `rows` by sheet, and how many characters had to be made visible.

    Raises Refusal when the events up to the position are not those that were signed, and for lost
    history that nobody may have given up.
    """
    root = root_at(position.seq)
    return Sheet(
        "Integrity",
        "Integrity",
        _LEAD,
        (
            Section("Ledger", tuple(_ledger(position, root))),
            Section("Last checkpoint up to there", tuple(_checkpoint(position, root))),
            Section("Rows", tuple(Fact(name, count) for name, count in rows.items())),
            Section("Reconciliation", tuple(map(_reconciled, checks))),
            Section("How to read the cells", tuple(_reading(replaced))),
        ),
    )


def _ledger(position: Position, root: bytes) -> Iterator[Fact]:
    yield Fact("Position", position.seq)
    yield Fact("Recorded at", utc_text(position.at))
    yield Fact("Hash of the last event", position.hash.hex(), "SHA-256, hexadecimal")
    yield Fact("Merkle root", root.hex(), f"Over events 1 to {position.seq} (RFC 6962)")
    yield Fact("Workbook format", FORMAT)
    yield from _lost(position)


def _lost(position: Position) -> Iterator[Fact]:
    """History that an administrator gave up, after a restored backup: in words, and how much."""
    keys = KeyChain.read()
    _refuse_given_up_by_nobody(keys, position)
    for accepted in accepted_standing(keys):
        if accepted.seq <= position.seq:
            said = accepted.data
            yield Fact(
                "Lost history, accepted with event",
                accepted.seq,
                f"Checkpoints over {said['lost_from']} to {said['published']['size']} events had"
                f" been published; when they were given up, {said['standing']} stood. What the"
                " lost ones said is gone.",
            )


def _refuse_given_up_by_nobody(keys: KeyChain, position: Position) -> None:
    for seq in accepted_unsigned(keys):
        if seq <= position.seq:
            raise Refusal(
                f"Event {seq} gives up history as lost, and the ledger's key did not sign that."
                " Nothing is released: run verify_ledger to see what was changed."
            )


def _checkpoint(position: Position, root: bytes) -> Iterator[Fact]:
    row = Checkpoint.objects.filter(size__lte=position.seq).order_by("-size", "id").first()
    if row is None:
        yield Fact("None", None, "No checkpoint had been signed by then.")
        return
    _refuse_rewritten(row, root if row.size == position.seq else root_at(row.size))
    yield Fact("Size", row.size, "Events that it covers")
    yield Fact("Root", bytes(row.root).hex())
    yield Fact("Signed at", utc_text(row.ts))
    yield Fact("Key", row.key_id, "SHA-256 of the raw Ed25519 public key")
    yield Fact("Signature", base64.b64encode(bytes(row.signature)).decode(), "Ed25519, base64")


def _refuse_rewritten(row: Checkpoint, root: bytes) -> None:
    if not checkpoint_holds(row) or bytes(row.root) != root:
        raise Refusal(
            f"The ledger up to event {row.size} is not the one that its checkpoint signed."
            " Nothing is released: run verify_ledger to see what was changed."
        )


def _reconciled(check: Check) -> Fact:
    return Fact(check.what, check.first, f"{check.first_from} = {check.second_from}")


def _reading(replaced: int) -> Iterator[Fact]:
    yield Fact("Text stays text", "yes", "No cell holds a formula, whatever its text begins with.")
    yield Fact(
        "Characters made visible",
        replaced,
        "Those that no workbook can hold are written out, such as \\u000b.",
    )
