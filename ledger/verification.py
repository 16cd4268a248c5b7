"""Verify: walk the whole chain and name the first event that does not fit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ledger.canonical import GENESIS, MerkleTree, event_hash
from ledger.checkpoints import public_key, signature_holds
from ledger.models import Checkpoint, Event, Head


@dataclass(frozen=True)
class Finding:
    """The first place where the ledger is not what it was: event number and kind of damage."""

    seq: int
    kind: str
    detail: str


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: `size` events read, their Merkle `root`, and the first bad place."""

    size: int
    root: bytes
    first_bad: Finding | None

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.first_bad is None


def verify() -> Verdict:
    """Read every event once, in order, with flat memory.

    Numbers must have no gap, each hash must be that of its body and parent, the head must name
    the last event, and every checkpoint must be signed and agree with the events before it.
    """
    tree, prev = MerkleTree(), GENESIS
    checkpoints = _Checkpoints(Checkpoint.objects.order_by("size", "id").iterator(chunk_size=500))
    for event in _events():
        finding = _event_finding(tree.size + 1, prev, event)
        if not finding:
            prev = event.hash
            tree.add(prev)
            finding = checkpoints.finding_at(tree, prev)
        if finding:
            return Verdict(tree.size, tree.root(), finding)
    finding = checkpoints.beyond(tree.size) or _head_finding(tree.size, prev)
    return Verdict(tree.size, tree.root(), finding)


class _Stored(NamedTuple):
    seq: int
    body: str
    prev: bytes
    hash: bytes


def _events() -> Iterator[_Stored]:
    rows = Event.objects.order_by("seq").values_list("seq", "body", "prev", "hash")
    for seq, body, prev, hash_ in rows.iterator(chunk_size=5000):
        yield _Stored(seq, body, bytes(prev), bytes(hash_))


def _event_finding(expected: int, prev: bytes, event: _Stored) -> Finding | None:
    seq = event.seq
    if seq != expected:
        return Finding(expected, "deleted", f"Event {expected} is missing; the next is {seq}.")
    if event.prev != prev:
        return Finding(seq, "forked", f"Event {seq} does not name event {seq - 1} as its parent.")
    if event_hash(prev, event.body) != event.hash:
        return Finding(seq, "edited", f"The text of event {seq} is not the one that was hashed.")
    return None


def _head_finding(size: int, last: bytes) -> Finding | None:
    head = Head.objects.filter(id=1).first()
    if head is None:
        return Finding(size + 1, "deleted", f"The head is missing; {size} events stand.")
    if head.seq == size and bytes(head.hash) == last:
        return None
    kind = "truncated" if head.seq > size else "inserted"
    return Finding(size + 1, kind, f"The head names event {head.seq}, but {size} events stand.")


class _Checkpoints:
    """The checkpoints in order of size, each looked at when the chain has reached it."""

    def __init__(self, rows: Iterable[Checkpoint]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)
        self._key = public_key()

    def finding_at(self, tree: MerkleTree, last: bytes) -> Finding | None:
        while self._next and self._next.size <= tree.size:
            finding = self._finding(self._next, tree, last)
            if finding:
                return finding
            self._next = next(self._rows, None)
        return None

    def _finding(self, row: Checkpoint, tree: MerkleTree, last: bytes) -> Finding | None:
        if not signature_holds(row, self._key):
            text = f"The checkpoint at {row.size} is not signed by our key."
            return Finding(row.size, "checkpoint", text)
        if row.size and (bytes(row.root), bytes(row.head)) != (tree.root(), last):
            text = f"The events up to {row.size} are not those that its checkpoint signed."
            return Finding(row.size, "rewritten", text)
        return None

    def beyond(self, size: int) -> Finding | None:
        """A checkpoint that saw more events than stand now."""
        if self._next is None:
            return None
        text = f"A checkpoint signed {self._next.size} events, but {size} stand."
        return Finding(size + 1, "truncated", text)
