"""Verify: is the whole ledger what it was, and what is the first thing that is not?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge

from django.apps import apps
from django.db import connection
from django.db.models import Max

from ledger.acceptances import accepted_unsigned
from ledger.chain import event_batches
from ledger.guards import unguarded
from ledger.keys import KeyChain
from ledger.models import AppendOnlyModel, Checkpoint, Head
from ledger.notes import Stated, stated
from ledger.suspects import suspect
from ledger.walking import Finding, Mark, Walk

__all__ = ["Finding", "Mark", "Verdict", "external_marks", "verify"]


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: `size` events read, their Merkle `root`, and the first bad place."""

    size: int
    root: bytes
    first_bad: Finding | None
    checkpoints: int = 0
    unguarded: Sequence[str] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.first_bad is None


def verify(external: Sequence[Mark] = (), published: Iterable[Mark] = ()) -> Verdict:
    """Read every event once, in order, with flat memory; others may append meanwhile.

    Numbers must have no gap, each hash must be that of its body and parent, the head must name
    the last event, every checkpoint (ours, `external` ones, and `published` ones, a stream by size)
    must be signed and agree with the events before it, every acceptance of a loss must be signed,
    and the guards must stand.
    """
    keys, newest = KeyChain.read(), Checkpoint.objects.aggregate(last=Max("id"))["last"] or 0
    head = _head()  # before the events: none of those it names may be missing
    kept = sorted(external, key=_size)
    walk = Walk(merge(_own_marks(newest), kept, published, key=_size), keys)
    walk.along(event_batches())
    bare = unguarded(connection, _append_only_tables())
    finding = (
        _chain_finding(walk, head)
        or _keys_finding(keys)
        or _accepted_finding(keys)
        or _guards_finding(bare)
    )
    return Verdict(walk.tree.size, walk.tree.root(), finding, walk.checkpoints, bare)


def external_marks(stated: Iterable[Stated], source: str) -> Iterator[Mark]:
    """Checkpoints that were kept elsewhere, to verify against."""
    return (Mark(one, f"The checkpoint in {source}") for one in stated)


def _size(mark: Mark) -> int:
    return mark.said.size


@dataclass(frozen=True)
class _At:
    """Where the head stood."""

    seq: int
    hash: bytes


def _head() -> _At | None:
    row = Head.objects.filter(id=1).first()
    return _At(row.seq, bytes(row.hash)) if row else None


def _own_marks(newest: int) -> Iterator[Mark]:
    rows = Checkpoint.objects.filter(id__lte=newest).order_by("size", "id")
    for row in rows.iterator(chunk_size=500):
        yield Mark(stated(row), "A checkpoint")


def _chain_finding(walk: Walk, before: _At | None) -> Finding | None:
    if walk.finding:
        return walk.finding
    if walk.broken:
        return suspect(walk.tree.size + 1, walk.last, walk.broken, event_batches())
    return walk.beyond() or _head_finding(walk, before, _head())


def _head_finding(walk: Walk, before: _At | None, after: _At | None) -> Finding | None:
    size = walk.tree.size
    if before is None or after is None:
        return Finding(size + 1, "deleted", f"The head is missing; {size} events stand.")
    if before.seq > size:
        text = f"The head names event {before.seq}, but {size} events stand."
        return Finding(size + 1, "truncated", text)
    if after.seq < size:
        text = f"The head names event {after.seq}, but {size} events stand."
        return Finding(after.seq + 1, "inserted", text)
    if after.seq == size and after.hash != walk.last:
        return Finding(size, "edited", f"The head does not name the hash of event {size}.")
    return None


def _keys_finding(keys: KeyChain) -> Finding | None:
    return Finding(0, "key", keys.fault) if keys.fault else None


def _accepted_finding(keys: KeyChain) -> Finding | None:
    seq = next(accepted_unsigned(keys), None)
    text = f"Event {seq} accepts a loss of history, and the ledger's key did not sign that."
    return Finding(seq, "acceptance", text) if seq else None


def _guards_finding(tables: Sequence[str]) -> Finding | None:
    if not tables:
        return None
    names = ", ".join(tables)
    text = f"The triggers that refuse changes are missing, changed or switched off on: {names}."
    return Finding(0, "unguarded", text)


def _append_only_tables() -> list[str]:
    models = apps.get_models()
    return [model._meta.db_table for model in models if issubclass(model, AppendOnlyModel)]
