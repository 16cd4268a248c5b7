"""The key that signs the ledger's checkpoints, and the chain of keys before it."""

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from ledger.models import Checkpoint, KeyHandover
from ledger.notes import Stated, handover_statement
from ledger.refusals import Refusal

_PEM = "-----BEGIN"


def signing_key() -> Ed25519PrivateKey:
    """The key of `LEDGER_KEY`. Raises Refusal when it is none."""
    return private_key(settings.LEDGER_KEY, name="LEDGER_KEY")


def private_key(text: str, *, name: str) -> Ed25519PrivateKey:
    """The Ed25519 key that `text` is (PEM), or is the seed of (any other). Raises Refusal."""
    if not text:
        raise Refusal(f"{name} is not set. Without the ledger's key nothing can be signed.")
    if not text.startswith(_PEM):
        seed = hashlib.sha256(b"optrail ledger signing key\0" + text.encode()).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise Refusal(f"{name} looks like PEM, but no private key can be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Refusal(
            f"{name} is a key of another kind. Make one with: openssl genpkey -algorithm ed25519"
        )
    return key


def public_key() -> Ed25519PublicKey:
    """The key that checks our signatures."""
    return signing_key().public_key()


def key_id(key: Ed25519PublicKey) -> str:
    """The fingerprint by which people compare keys: SHA-256 of the raw public key, in hex."""
    return raw_key_id(key.public_bytes_raw())


def raw_key_id(public: bytes) -> str:
    """The fingerprint of a raw public key."""
    return hashlib.sha256(public).hexdigest()


def signed(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the raw public key's owner signed `data`; False for what is no key, too."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


class KeyChain:
    """Which key signed at which size: ours now, and those that handed over to it.

    We trust the key that we hold; each earlier one because the key after it took over from it
    over both signatures. `fault` says where that does not hold, '' when all of it does.
    """

    def __init__(self, handovers: Sequence[KeyHandover], key: bytes) -> None:
        self._handovers, self._key = handovers, key
        self.fault = next(filter(None, map(self._fault, range(len(handovers)))), "")

    @classmethod
    def read(cls) -> "KeyChain":
        """The chain of this ledger."""
        rows = KeyHandover.objects.order_by("size", "id")
        return cls(list(rows), public_key().public_bytes_raw())

    def key_at(self, size: int) -> bytes:
        """The raw public key that signs a checkpoint over `size` events."""
        for row in self._handovers:
            if size <= row.size:
                return bytes(row.old_key)
        return self._key

    def holds(self, said: Stated) -> bool:
        """Whether the key of its time signed the checkpoint."""
        return self.signed_at(said.size, said.key_id, said.signature, said.text)

    def signed_at(self, seq: int, fingerprint: str, signature: bytes, text: str) -> bool:
        """Whether the key of event `seq` signed the text, under its own fingerprint."""
        key = self.key_at(seq)
        return fingerprint == raw_key_id(key) and signed(key, signature, text.encode())

    def knows(self, said: Stated) -> bool:
        """Whether one of our keys signed the checkpoint, whenever that one's time was.

        A ledger that was restored from before a change of keys changes them at another size.
        """
        keys = {self._key, *(bytes(row.old_key) for row in self._handovers)}
        return any(
            said.key_id == raw_key_id(key) and signed(key, said.signature, said.text.encode())
            for key in keys
        )

    def _fault(self, place: int) -> str:
        row = self._handovers[place]
        later = self._handovers[place + 1 :]
        old, new = bytes(row.old_key), bytes(row.new_key)
        if new != (bytes(later[0].old_key) if later else self._key):
            return f"The key that took over after event {row.size} is not the one that signs now."
        text = handover_statement(row).encode()
        if signed(old, bytes(row.old_signature), text) and signed(
            new, bytes(row.new_signature), text
        ):
            return ""
        return f"The hand-over of keys after event {row.size} is not signed by both keys."


def current_key_id() -> str:
    """The fingerprint of the key that the ledger expects next; '' before the first signature."""
    handover = KeyHandover.objects.order_by("-size", "-id").first()
    if handover:
        return raw_key_id(bytes(handover.new_key))
    checkpoint = Checkpoint.objects.order_by("-size").first()
    return checkpoint.key_id if checkpoint else ""


def refuse_unknown_key() -> None:
    """Raises Refusal when `LEDGER_KEY` is not the key that signs this ledger."""
    expected, ours = current_key_id(), key_id(public_key())
    if expected and expected != ours:
        raise Refusal(
            f"LEDGER_KEY ({ours[:16]}…) is not the key that signs this ledger"
            f" ({expected[:16]}…). Restart what still runs with the key before a change; to change"
            " it, put the old key into LEDGER_KEY_PREVIOUS and run: manage.py rotate_ledger_key"
        )
