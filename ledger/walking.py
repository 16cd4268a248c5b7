"""Walk along a chain of events and past its checkpoints, up to the first place that is wrong."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.canonical import CHAIN_TAG, GENESIS, MerkleTree
from ledger.chain import Stored
from ledger.keys import KeyChain
from ledger.notes import Stated


@dataclass(frozen=True)
class Finding:
    """The first place where the ledger is not what it was: event number and kind of damage.

    Number 0 stands for damage of what surrounds the events.
    """

    seq: int
    kind: str
    detail: str


@dataclass(frozen=True)
class Mark:
    """A checkpoint to be met on the way, and where it comes from in words."""

    said: Stated
    source: str


class Walk:
    """How far the chain holds: its tree, the last good hash, and what stopped us.

    `broken` is the first event that does not fit, for `suspects` to look at; `finding` what a
    checkpoint contradicts. `marks` come in order of size.
    """

    def __init__(self, marks: Iterable[Mark], keys: KeyChain) -> None:
        self.tree, self.last = MerkleTree(), GENESIS
        self.broken: Stored | None = None
        self.finding: Finding | None = None
        self.checkpoints = 0
        self._marks, self._keys = iter(marks), keys
        self._mark = next(self._marks, None)
        self._agreed = 0

    def along(self, batches: Iterable[Sequence[Stored]]) -> None:
        """Read until the end, or until something is wrong."""
        self._meet([], GENESIS)
        for batch in batches:
            hashes = self._fitting(batch)
            self._grow(hashes)
            if self.finding:
                return
            if len(hashes) < len(batch):
                self.broken = Stored(*batch[len(hashes)])
                return

    def beyond(self) -> Finding | None:
        """A checkpoint that saw more events than stand now."""
        if self._mark is None:
            return None
        size, said = self.tree.size, self._mark.said.size
        text = f"{self._mark.source} signed {said} events, but {size} stand."
        return self._unsigned(self._mark) or Finding(size + 1, "truncated", text)

    def _fitting(self, batch: Sequence[Stored]) -> list[bytes]:
        """The hashes of the batch up to the first event that does not fit.

        A million times: no calls but to the hash itself.
        """
        sha256, hashes, last, expected = hashlib.sha256, [], self.last, self.tree.size
        for seq, body, prev, hash_ in batch:
            expected += 1
            text = CHAIN_TAG + last + len(body).to_bytes(8, "big") + body
            if seq != expected or prev != last or sha256(text).digest() != hash_:
                break
            last = hash_
            hashes.append(hash_)
        return hashes

    def _grow(self, hashes: list[bytes]) -> None:
        """Add the hashes to the tree, and compare at each checkpoint on the way."""
        while (
            not self.finding and self._mark and self._mark.said.size <= self.tree.size + len(hashes)
        ):
            cut = self._mark.said.size - self.tree.size
            self._meet(hashes[:cut], hashes[cut - 1] if cut else self.last)
            hashes = hashes[cut:]
        if not self.finding:
            self._add(hashes)

    def _meet(self, hashes: list[bytes], head: bytes) -> None:
        self._add(hashes)
        while self._mark and self._mark.said.size == self.tree.size and not self.finding:
            self.finding = self._unsigned(self._mark) or self._contradicted(self._mark, head)
            self.checkpoints, self._agreed = self.checkpoints + 1, self.tree.size
            self._mark = next(self._marks, None)

    def _add(self, hashes: list[bytes]) -> None:
        if hashes:
            self.tree.extend(hashes)
            self.last = hashes[-1]

    def _unsigned(self, mark: Mark) -> Finding | None:
        if self._keys.holds(mark.said):
            return None
        text = f"{mark.source} at {mark.said.size} is not signed by the ledger's key."
        return Finding(mark.said.size, "checkpoint", text)

    def _contradicted(self, mark: Mark, head: bytes) -> Finding | None:
        said, first = mark.said, self._agreed + 1
        if (said.root, said.head) == (self.tree.root(), head):
            return None
        text = (
            f"{mark.source} signed other events than {first} to {said.size}: they were rewritten."
        )
        return Finding(first, "rewritten", text)
