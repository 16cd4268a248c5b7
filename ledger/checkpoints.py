"""Checkpoints: signed statements of how long the ledger is and what it holds."""

from datetime import datetime
from enum import StrEnum

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction

from ledger.canonical import MerkleTree
from ledger.chain import hash_batches
from ledger.copies import copies_write
from ledger.journal import position
from ledger.keys import KeyChain, key_id, public_key, refuse_unknown_key, signed, signing_key
from ledger.models import Checkpoint
from ledger.notes import ORIGIN, stated
from ledger.refusals import Refusal
from ledger.restored import refuse_restored
from ledger.signals import checkpoint_published

__all__ = ["ORIGIN", "key_id", "public_key"]

log = structlog.get_logger(__name__)


class Occasion(StrEnum):
    """Why a checkpoint is made."""

    ROUTINE = "routine"
    CLOSE = "close"
    EXPORT = "export"


def checkpoint_publish(
    *, now: datetime, occasion: Occasion = Occasion.ROUTINE
) -> Checkpoint | None:
    """Sign the ledger as it stands; None when nothing was appended since the last checkpoint.

    Raises Refusal when our key is not the ledger's, and when the ledger is not the one that the
    last published checkpoint saw.
    """
    seq, hash_ = position()
    last = Checkpoint.objects.order_by("-size").first()
    if seq == 0 or (last and last.size == seq):
        return None
    refuse_unknown_key()
    refuse_restored()
    # No lock: what stands up to `seq` never changes, whatever is appended meanwhile.
    row = Checkpoint(size=seq, root=root_at(seq), head=hash_, ts=now, key_id=key_id(public_key()))
    row.signature = sign(statement(row).encode())
    try:
        with transaction.atomic():
            row.save()
            checkpoint_published.send(Checkpoint, checkpoint=row, occasion=occasion, now=now)
            transaction.on_commit(copies_write)
    except IntegrityError:  # somebody else signed this size in the same moment
        return None
    return row


def checkpoint_after_commit(*, now: datetime, occasion: Occasion) -> None:
    """Sign once the current transaction is committed.

    What stands in the way is logged: what was decided stands, and the next hour tries again.
    """
    transaction.on_commit(lambda: publish_or_log(now=now, occasion=occasion))


def publish_or_log(*, now: datetime, occasion: Occasion = Occasion.ROUTINE) -> None:
    """Like `checkpoint_publish`; a refusal is logged."""
    try:
        checkpoint_publish(now=now, occasion=occasion)
    except Refusal as refusal:
        log.error("checkpoint_refused", reasons=list(refusal.reasons))  # noqa: TRY400


def sign(data: bytes) -> bytes:
    """Our Ed25519 signature (64 bytes) over `data`. Raises Refusal without a usable key."""
    return signing_key().sign(data)


def root_at(size: int) -> bytes:
    """The Merkle root over the first `size` events, rebuilt from their hashes."""
    tree = MerkleTree()
    for hashes in hash_batches(up_to=size):
        tree.extend(hashes)
    return tree.root()


def statement(row: Checkpoint) -> str:
    """The signed text: origin, size, root and head in base64, time, one a line."""
    return stated(row).text


def signature_holds(row: Checkpoint, key: Ed25519PublicKey) -> bool:
    """Whether `key` signed this checkpoint."""
    return signed(key.public_bytes_raw(), bytes(row.signature), statement(row).encode())


def checkpoint_holds(row: Checkpoint) -> bool:
    """Whether the key of its time, which handed over to ours, signed this checkpoint."""
    chain = KeyChain.read()
    return not chain.fault and chain.holds(stated(row))
