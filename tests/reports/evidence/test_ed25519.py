"""The signatures of RFC 8032, in whole numbers: the same verdict as the cryptography library's."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.evidence.verify import NEUTRAL, ORDER, P, PublicKey, point_bytes, point_read

# RFC 8032, section 7.1: secret key, public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
# Points of small order: whoever signs with one signs everything.
WEAK = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_standards_own_signatures_hold(public: str, message: str, signature: str) -> None:
    key = PublicKey(bytes.fromhex(public))
    assert key.signed(bytes.fromhex(message), bytes.fromhex(signature))
    assert not key.signed(bytes.fromhex(message) + b".", bytes.fromhex(signature))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=200),
    bit=st.integers(0, 511),
)
def test_it_agrees_with_the_library(seed: bytes, message: bytes, bit: int) -> None:
    ours = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = PublicKey(ours.public_key().public_bytes_raw()), ours.sign(message)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert key.signed(message, signature)
    assert not key.signed(message, bytes(changed))


@pytest.mark.parametrize("raw", WEAK)
def test_a_weak_key_is_none(raw: str) -> None:
    """Fails when the order of the key is not looked at: such a key signs every manifest."""
    with pytest.raises(ValueError, match=r"weak|point"):
        PublicKey(bytes.fromhex(raw))


@pytest.mark.parametrize("number", [P, P + 1, 2**255 - 1, 2, 2**256 - 1])
def test_a_point_has_one_spelling(number: int) -> None:
    """Fails when y is taken modulo p, or what is no point passes."""
    with pytest.raises(ValueError, match="no point"):
        point_read(number.to_bytes(32, "little"))


def test_the_neutral_point_is_spelled_and_read() -> None:
    assert point_read(point_bytes(NEUTRAL)) == NEUTRAL
    with pytest.raises(ValueError, match="no point"):
        point_read((1 | 1 << 255).to_bytes(32, "little"))  # minus nothing


def test_a_number_beyond_the_order_is_refused() -> None:
    """Fails when S is taken modulo the order: one signature would have two spellings."""
    public, message, signature = (bytes.fromhex(part) for part in VECTORS[1])
    number = int.from_bytes(signature[32:], "little") + ORDER
    other = signature[:32] + number.to_bytes(32, "little")
    assert not PublicKey(public).signed(message, other)
    assert PublicKey(public).id == hashlib.sha256(public).hexdigest()


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_none(length: int) -> None:
    assert not PublicKey(bytes.fromhex(VECTORS[0][0])).signed(b"", bytes(length))
