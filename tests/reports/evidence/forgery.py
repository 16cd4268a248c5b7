"""Forged bundles, made from a genuine one: by kind, each with the step that must refuse it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.reports.evidence.parts import Parts


@dataclass(frozen=True)
class Genuine:
    """What forgers start from: a bundle, an earlier and a rival one, and the ledger's key."""

    data: bytes
    earlier: bytes  # of the same ledger
    rival: bytes  # of a ledger that went another way after the launch
    gone: bytes  # of a later time: people left, came back and were erased
    unnamed: bytes  # the same in an edition without names
    key: Ed25519PrivateKey
    stranger: Ed25519PrivateKey

    @cached_property
    def parts(self) -> Parts:
        return Parts.of(self.data)

    @property
    def first_checkpoint(self) -> int:
        """How many entries the first checkpoint is about."""
        return int(self.parts.lines("checkpoints.txt")[1])


@dataclass(frozen=True)
class Forged:
    """One forged bundle, and the exit codes of which one must refuse it."""

    what: str
    data: bytes
    steps: frozenset[int]
    previous: bytes | None = None  # the bundle that the auditor kept


Made = Iterator[tuple[object, Parts | bytes]]
Maker = Callable[[Genuine], Made]
KINDS: dict[str, Callable[[Genuine], Iterator[Forged]]] = {}


def kind(words: str, *steps: int, previous: bool = False) -> Callable[[Maker], Maker]:
    """Register a maker of forged bundles that one of `steps` must refuse."""

    def register(make: Maker) -> Maker:
        def forged(genuine: Genuine) -> Iterator[Forged]:
            kept = genuine.earlier if previous else None
            for what, made in make(genuine):
                data = made.zip if isinstance(made, Parts) else made
                yield Forged(f"{words}: {what}", data, frozenset(steps), kept)

        KINDS[words] = forged
        return make

    return register
