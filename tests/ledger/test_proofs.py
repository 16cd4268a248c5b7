"""Proofs of RFC 6962, against the RFC's own words and against the database."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from ledger import journal
from ledger.canonical import MerkleTree
from ledger.checkpoints import root_at
from ledger.models import Event
from ledger.proofs import (
    consistency_holds,
    consistency_proof,
    continued_spans,
    inclusion_holds,
    inclusion_proof,
    path_spans,
    spans_roots,
)
from tests.ledger.test_canonical import reference_root

NOW = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)
trees = st.integers(1, 130).map(
    lambda n: [MerkleTree().root()[:30] + bytes([n, k]) for k in range(n)]
)


def reference_path(index: int, hashes: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, word for word."""
    if len(hashes) == 1:
        return []
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    if index < split:
        return [*reference_path(index, hashes[:split]), reference_root(hashes[split:])]
    return [*reference_path(index - split, hashes[split:]), reference_root(hashes[:split])]


def reference_subproof(first: int, hashes: list[bytes], *, whole: bool) -> list[bytes]:
    """RFC 6962, section 2.1.2, word for word."""
    if first == len(hashes):
        return [] if whole else [reference_root(hashes)]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    if first <= split:
        left = reference_subproof(first, hashes[:split], whole=whole)
        return [*left, reference_root(hashes[split:])]
    right = reference_subproof(first - split, hashes[split:], whole=False)
    return [*right, reference_root(hashes[:split])]


@given(trees, st.data())
def test_inclusion_is_proved_as_the_rfc_says_and_nothing_else_is(
    hashes: list[bytes], data: st.DataObject
) -> None:
    size = len(hashes)
    seq = data.draw(st.integers(1, size))
    proof = spans_roots(hashes, path_spans(seq - 1, (0, size)))
    root = reference_root(hashes)
    assert proof == reference_path(seq - 1, hashes)
    assert inclusion_holds(hashes[seq - 1], seq, size, proof, root)
    assert not inclusion_holds(bytes(32), seq, size, proof, root)
    assert not inclusion_holds(hashes[seq - 1], seq, size, [*proof, bytes(32)], root)
    assert not inclusion_holds(hashes[seq - 1], size + 1, size, proof, root)
    for other in {1, size} - {seq}:
        assert not inclusion_holds(hashes[seq - 1], other, size, proof, root)
    if proof:
        assert not inclusion_holds(hashes[seq - 1], seq, size, proof[1:], root)


@given(trees, st.data())
def test_consistency_is_proved_as_the_rfc_says_and_nothing_else_is(
    hashes: list[bytes], data: st.DataObject
) -> None:
    second = len(hashes)
    first = data.draw(st.integers(1, second))
    proof = spans_roots(hashes, continued_spans(first, (0, second), whole=True))
    roots = reference_root(hashes[:first]), reference_root(hashes)
    assert proof == reference_subproof(first, hashes, whole=True)
    assert consistency_holds(first, roots[0], second, roots[1], proof)
    assert not consistency_holds(first, bytes(32), second, roots[1], proof)
    assert not consistency_holds(first, roots[0], second, bytes(32), proof)
    assert not consistency_holds(first, roots[0], second, roots[1], [*proof, bytes(32)])
    assert not consistency_holds(0, roots[0], second, roots[1], proof)
    if proof:
        assert not consistency_holds(first, roots[0], second, roots[1], proof[:-1])


@pytest.mark.both
@pytest.mark.django_db
def test_the_database_proves_what_stands_in_it() -> None:
    with transaction.atomic():
        journal.append_all(
            [journal.Entry("row.added", "system", f"row:{n}") for n in range(21)], now=NOW
        )
    hashes = [
        bytes(value) for value in Event.objects.order_by("seq").values_list("hash", flat=True)
    ]
    for seq in (1, 13, 21):
        assert inclusion_holds(hashes[seq - 1], seq, 21, inclusion_proof(seq, 21), root_at(21))
    for first in (1, 8, 20, 21):
        proof = consistency_proof(first, 21)
        assert consistency_holds(first, root_at(first), 21, root_at(21), proof)
    with pytest.raises(ValueError, match="not among the first 21"):
        inclusion_proof(22, 21)
    with pytest.raises(ValueError, match="no earlier state of 21"):
        consistency_proof(0, 21)
    with pytest.raises(ValueError, match="no event 32 yet"):
        inclusion_proof(3, 40)
