"""Canonical JSON and Merkle trees."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import MerkleTree, canonical_json, rows_root, utc_text

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=20,
)


def normal(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {normal(key): normal(item) for key, item in value.items()}
    return value


@given(values)
def test_canonical_json_reads_back_as_the_normalised_value(value: object) -> None:
    assert json.loads(canonical_json(value)) == normal(value)


@given(st.dictionaries(text, values))
def test_the_order_of_keys_does_not_change_the_text(value: dict[str, object]) -> None:
    items = [(unicodedata.normalize("NFC", key), item) for key, item in value.items()]
    value = dict(items)
    backwards = dict(reversed(value.items()))
    assert canonical_json(value) == canonical_json(backwards)


def test_two_spellings_of_one_letter_are_one_text() -> None:
    assert canonical_json("e\u0301") == canonical_json("\u00e9") == '"\u00e9"'


def reference_root(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashlib.sha256(b"\0" + hashes[0]).digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    halves = reference_root(hashes[:split]) + reference_root(hashes[split:])
    return hashlib.sha256(b"\1" + halves).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_the_streamed_root_is_the_root_of_the_rfc(hashes: list[bytes]) -> None:
    tree = MerkleTree()
    for hash_ in hashes:
        tree.add(hash_)
    assert tree.root() == reference_root(hashes)


def test_a_root_may_be_asked_for_on_the_way() -> None:
    tree, hashes = MerkleTree(), [bytes([n]) * 32 for n in range(9)]
    for count, hash_ in enumerate(hashes, 1):
        tree.add(hash_)
        assert tree.root() == reference_root(hashes[:count])


def test_rows_commit_to_their_count_and_canonical_text() -> None:
    rows = [{"b": 1, "a": 2}, {"a": 3}]
    leaves = [hashlib.sha256(canonical_json(row).encode()).digest() for row in rows]
    assert rows_root(iter(rows)) == (2, reference_root(leaves))


def test_times_are_written_in_utc_with_microseconds() -> None:
    moment = datetime(2026, 11, 21, 21, 15, tzinfo=timezone(timedelta(hours=1)))
    assert utc_text(moment) == "2026-11-21T20:15:00.000000Z"
    with pytest.raises(ValueError, match="time zone"):
        utc_text(datetime(2026, 11, 21, tzinfo=UTC).replace(tzinfo=None))
