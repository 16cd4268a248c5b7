"""Seals: what became of the mails goes into the ledger in batches, by one Merkle root each."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from compliance.reminders.instance import position_remember
from compliance.reminders.models import Message, Outcome, Seal
from compliance.reminders.picked import picked_update
from ledger import journal
from ledger.canonical import MerkleTree, canonical_json, utc_text

# So many messages and so many outcomes go into one seal: rows are locked only for a moment, and
# whoever wants to START one of them waits no longer; several workers can seal at once.
BATCH = 2_000
OUTCOME_COLUMNS = ("id", "message_id", "attempt", "state", "code", "answer", "at")


class SealLeaf(NamedTuple):
    """One row in a seal: SHA-256 over its canonical JSON, and that, unless it was erased."""

    message: UUID
    hash: bytes
    row: str = ""


def outcomes_seal(*, now: datetime) -> int:
    """Seal every plan and outcome that is not yet sealed; returns how many events that took.

    Rows that somebody is changing at this moment wait for the next seal.
    """
    events = 0
    while _batch_seal(now) is not None:
        events += 1
    if events:
        position_remember()
    return events


def seal_root(seal: Seal) -> tuple[int, str]:
    """How many rows `seal` covers, and their root in hex: as the ledger has it, or tampered with.

    Planned messages come first, in the order of their ids, then outcomes in that of theirs. The
    recipient's address is no part of it: it can be erased later, and the root still holds. Of an
    outcome whose words were erased the leaf was kept.
    """
    tree = MerkleTree()
    for leaf in seal_leaves(seal):
        tree.add(leaf.hash)
    return tree.size, tree.root().hex()


def seal_leaves(seal: Seal) -> Iterator[SealLeaf]:
    """What `seal` covers, in the order of its tree, with flat memory."""
    return chain(_planned(seal), _outcomes(seal))


def outcome_row(values: Sequence[Any]) -> list[object]:
    """What a seal says about an outcome, from its values of OUTCOME_COLUMNS."""
    key, message, *facts, at = values
    return [key, str(message), *facts, utc_text(at)]


def row_leaf(row: Sequence[object]) -> bytes:
    """SHA-256 over a sealed row's canonical JSON."""
    return _hash(canonical_json(row))


def _batch_seal(now: datetime) -> Seal | None:
    with transaction.atomic():
        seal = Seal.objects.create(at=now)
        seal.planned = _point(Message, seal)
        seal.outcomes = _point(Outcome, seal)
        if not seal.planned + seal.outcomes:
            transaction.set_rollback(True)
            return None
        _, seal.root = seal_root(seal)
        seal.seq = _append(seal, now)
        seal.save()
    return seal


def _point(model: type[Message] | type[Outcome], seal: Seal) -> int:
    rows = model._default_manager.filter(seal=None).order_by("id")[:BATCH]
    return len(picked_update(rows, skip_locked=True, seal=seal.pk))


def _append(seal: Seal, now: datetime) -> int:
    event = journal.append(
        "outcomes.sealed",
        actor=journal.SYSTEM,
        subject=f"seal:{seal.pk}",
        now=now,
        data={"planned": seal.planned, "outcomes": seal.outcomes, "root": seal.root},
    )
    return event.seq


def _planned(seal: Seal) -> Iterator[SealLeaf]:
    rows = seal.messages.order_by("id").values_list("id", "assignment_id", "step", "planned_at")
    for message, assignment, step, at in rows.iterator(chunk_size=5_000):
        yield _leaf(message, [str(message), str(assignment), step, utc_text(at)])


def _outcomes(seal: Seal) -> Iterator[SealLeaf]:
    rows = seal.rows.order_by("id").values_list("leaf", *OUTCOME_COLUMNS)
    for leaf, *row in rows.iterator(chunk_size=5_000):
        message = row[1]
        yield SealLeaf(message, bytes(leaf)) if leaf else _leaf(message, outcome_row(row))


def _leaf(message: UUID, row: Sequence[object]) -> SealLeaf:
    text = canonical_json(row)
    return SealLeaf(message, _hash(text), text)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
