"""Proofs of RFC 6962: that an event stands in the ledger, that one state continues another."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from ledger.canonical import MerkleTree
from ledger.chain import BATCH, hash_batches

Span = tuple[int, int]  # leaves from the first up to, not including, the second


def inclusion_proof(seq: int, size: int) -> list[bytes]:
    """The audit path of event `seq` (from 1) in the first `size` events (RFC 6962, 2.1.1).

    Raises ValueError for numbers outside of the ledger.
    """
    if not 1 <= seq <= size:
        raise ValueError(f"Event {seq} is not among the first {size}.")
    return spans_roots(_hashes(size), path_spans(seq - 1, (0, size)))


def consistency_proof(first: int, second: int) -> list[bytes]:
    """That the first `second` events begin with the first `first` ones (RFC 6962, 2.1.2).

    Raises ValueError for sizes outside of the ledger.
    """
    if not 1 <= first <= second:
        raise ValueError(f"{first} events are no earlier state of {second}.")
    return spans_roots(_hashes(second), continued_spans(first, (0, second), whole=True))


def inclusion_holds(hash_: bytes, seq: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from the event's hash to `root` (RFC 9162, 2.1.3.2)."""
    if not 1 <= seq <= size:
        return False
    index, last, node = seq - 1, size - 1, _leaf(hash_)
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = _node(sibling, node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = _node(node, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def consistency_holds(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the second state continues the first (RFC 9162, 2.1.4.2)."""
    if not 1 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    nodes = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not nodes:
        return False
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    earlier = later = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            earlier, later = _node(sibling, earlier), _node(sibling, later)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            later = _node(later, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and earlier == first_root and later == second_root


def spans_roots(hashes: Iterable[bytes], spans: Sequence[Span]) -> list[bytes]:
    """The root over each of the disjoint `spans`, in their order, in one pass over `hashes`."""
    roots: dict[Span, bytes] = {}
    rows, place = iter(hashes), 0
    for first, end in sorted(spans):
        tree = MerkleTree()
        deque(islice(rows, first - place), maxlen=0)
        while leaves := list(islice(rows, min(BATCH, end - first - tree.size))):
            tree.extend(leaves)
        if tree.size != end - first:
            raise ValueError(f"The ledger has no event {end} yet.")
        roots[first, end], place = tree.root(), end
    return [roots[span] for span in spans]


def _hashes(size: int) -> Iterator[bytes]:
    return chain.from_iterable(hash_batches(up_to=size))


def path_spans(index: int, span: Span) -> list[Span]:
    """What each sibling stands for, from the leaf up to the root (PATH)."""
    if span[1] - span[0] == 1:
        return []
    left, right = _halves(span)
    if index < left[1]:
        return [*path_spans(index, left), right]
    return [*path_spans(index, right), left]


def continued_spans(first: int, span: Span, *, whole: bool) -> list[Span]:
    """What each node of a consistency proof stands for (SUBPROOF).

    `whole` while `first` ends a part whose root the verifier knows already.
    """
    if span[1] == first:
        return [] if whole else [span]
    left, right = _halves(span)
    if first <= left[1]:
        return [*continued_spans(first, left, whole=whole), right]
    return [*continued_spans(first, right, whole=False), left]


def _halves(span: Span) -> tuple[Span, Span]:
    """Split at the largest power of two below the length."""
    middle = span[0] + (1 << (span[1] - span[0] - 1).bit_length() - 1)
    return (span[0], middle), (middle, span[1])


def _leaf(hash_: bytes) -> bytes:
    return hashlib.sha256(b"\0" + hash_).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
