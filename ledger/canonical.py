"""Canonical JSON and the hashes built on it: the format that auditors verify."""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

CHAIN_TAG = b"OPTRAIL/1\0"
GENESIS = bytes(32)
# Made once: json.dumps makes one for each text.
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_FOLD = 1_024
SAFE_INTEGER = 2**53  # beyond it, readers that know only doubles would see another number


def canonical_json(value: object) -> str:
    """`value` as the one text that is hashed: sorted keys, UTF-8, NFC, no spaces (after RFC 8785).

    Raises ValueError for floats, integers from 2^53 on and lone surrogates, TypeError for
    anything else that JSON does not have one spelling for.
    """
    text = _JSON.encode(_plain(value))
    text.encode("utf-8")  # a lone surrogate has no bytes, so it has no hash
    return text


def _plain(value: object) -> object:
    match value:
        case None | bool():
            return value
        case str():
            return unicodedata.normalize("NFC", value)
        case int():
            if abs(value) >= SAFE_INTEGER:
                raise ValueError(f"{value} is too large for a ledger number; write it as text.")
            return value
        case float():
            raise ValueError("The ledger holds no floats: write the number as text.")
        case list() | tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
    raise TypeError(f"The ledger holds what JSON holds, but no {type(value).__name__}.")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"A ledger object's keys are text, not {type(key).__name__}.")
    return unicodedata.normalize("NFC", key)


def utc_text(moment: datetime) -> str:
    """An aware time as the ledger writes it: `2026-11-21T20:15:00.123456Z`."""
    if moment.tzinfo is None:
        raise ValueError("The ledger takes no time without a time zone.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def event_hash(prev: bytes, body: str) -> bytes:
    r"""SHA-256("OPTRAIL/1\0" ‖ prev ‖ u64be(len(body)) ‖ body)."""
    return hash_of(prev, body.encode("utf-8"))


def hash_of(prev: bytes, data: bytes) -> bytes:
    """Like `event_hash`, of the bytes of a body as they are stored."""
    return hashlib.sha256(CHAIN_TAG + prev + len(data).to_bytes(8, "big") + data).digest()


def commitment(salt: bytes, field: str, value: str) -> bytes:
    """HMAC-SHA-256(salt, field ‖ 0x00 ‖ NFC(value)): binds a personal value without holding it."""
    message = field.encode() + b"\0" + unicodedata.normalize("NFC", value).encode()
    return hmac.digest(salt, message, "sha256")


class MerkleTree:
    """The root over a stream of 32-byte hashes (RFC 6962, section 2.1), in memory of log2(n).

    A leaf is SHA-256(0x00 ‖ hash), a node SHA-256(0x01 ‖ left ‖ right), nothing is SHA-256("").
    """

    def __init__(self) -> None:
        # By level: the root over the last 2^level leaves that wait for as many more beside them.
        self._waiting: list[bytes] = []
        # What is not folded yet: a thousand at once take a third of the time of one by one.
        self._fresh: list[bytes] = []
        self._folded = 0

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._folded + len(self._fresh)

    def add(self, hash_: bytes) -> None:
        """Append one leaf."""
        self._fresh.append(hash_)
        if len(self._fresh) == _FOLD:
            self._fold()

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Append leaves."""
        self._fresh.extend(hashes)
        self._fold()

    def root(self) -> bytes:
        """The root over all that was added so far; more may be added afterwards."""
        self._fold()
        peaks = [peak for peak in self._waiting if peak]
        if not peaks:
            return hashlib.sha256(b"").digest()
        node = peaks[0]
        for peak in peaks[1:]:
            node = hashlib.sha256(b"\1" + peak + node).digest()
        return node

    def _fold(self) -> None:
        """Fold complete pairs, a whole level at a time."""
        sha256, level = hashlib.sha256, 0
        nodes = [sha256(b"\0" + hash_).digest() for hash_ in self._fresh]
        self._folded, self._fresh = self.size, []
        while nodes:
            if level == len(self._waiting):
                self._waiting.append(b"")
            if self._waiting[level]:
                nodes.insert(0, self._waiting[level])
            self._waiting[level] = nodes.pop() if len(nodes) & 1 else b""
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [sha256(b"\1" + left + right).digest() for left, right in pairs]
            level += 1


def rows_root(rows: Iterable[object]) -> tuple[int, bytes]:
    """How many rows, and the root over their canonical JSON: what a batched event commits to."""
    tree = MerkleTree()
    for row in rows:
        tree.add(hashlib.sha256(canonical_json(row).encode()).digest())
    return tree.size, tree.root()
