"""Checkpoints: signed statements of how long the ledger is and what it holds."""

import base64
import hashlib
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import IntegrityError, transaction

from ledger.canonical import MerkleTree, utc_text
from ledger.journal import position
from ledger.models import Checkpoint, Event

ORIGIN = "optrail/ledger/1"


def checkpoint_publish(*, now: datetime) -> Checkpoint | None:
    """Sign the ledger as it stands; None when nothing was appended since the last checkpoint."""
    seq, hash_ = position()
    last = Checkpoint.objects.order_by("-size").first()
    if seq == 0 or (last and last.size == seq):
        return None
    # No lock: what stands up to `seq` never changes, whatever is appended meanwhile.
    row = Checkpoint(size=seq, root=root_at(seq), head=hash_, ts=now, key_id=key_id(public_key()))
    row.signature = _private_key().sign(statement(row).encode())
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # somebody else signed this size in the same moment
        return None
    return row


def root_at(size: int) -> bytes:
    """The Merkle root over the first `size` events, rebuilt from their hashes."""
    tree = MerkleTree()
    rows = Event.objects.filter(seq__lte=size).order_by("seq").values_list("hash", flat=True)
    for hash_ in rows.iterator(chunk_size=10_000):
        tree.add(bytes(hash_))
    return tree.root()


def statement(row: Checkpoint) -> str:
    """The signed text: origin, size, root and head in base64, time, one a line."""
    root, head = (base64.b64encode(bytes(value)).decode() for value in (row.root, row.head))
    return f"{ORIGIN}\n{row.size}\n{root}\n{head}\n{utc_text(row.ts)}\n"


def signature_holds(row: Checkpoint, key: Ed25519PublicKey) -> bool:
    """Whether `key` signed this checkpoint."""
    try:
        key.verify(bytes(row.signature), statement(row).encode())
    except InvalidSignature:
        return False
    return True


def public_key() -> Ed25519PublicKey:
    """The key that checks our signatures."""
    return _private_key().public_key()


def key_id(key: Ed25519PublicKey) -> str:
    """The fingerprint by which people compare keys: SHA-256 of the raw public key, in hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _private_key() -> Ed25519PrivateKey:
    seed = hashlib.sha256(b"optrail ledger signing key\0" + settings.LEDGER_KEY.encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
