"""What batched entries commit to, leaf by leaf: this campaign's rows, and bare hashes of others."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from compliance.campaigns.population import PopulationLeaf, population_leaves
from compliance.reminders.models import Message, Seal
from compliance.reminders.seal import OUTCOME_COLUMNS, SealLeaf, seal_leaves
from ledger.canonical import MerkleTree
from ledger.commands import Refusal
from reports.datasets.position import Position
from reports.datasets.scope import everyone, in_scope
from reports.evidence.concern import Entry

LEAVES = "leaves.jsonl"
# Kinds of entries that commit to rows, and where in their data the root stands.
ROOTS = {
    "campaign.launched": "population",
    "campaign.joined": "joined_population",
    "outcomes.sealed": "root",
}
_BATCH = 2_000
T = TypeVar("T")
# Row and digests are in their one spelling already: there is nothing to make canonical.
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Leaf:
    """One leaf of an entry's tree; `row` is left out where only the hash may be seen."""

    hash: bytes
    row: str = ""
    salt: bytes = b""

    def line(self, seq: int) -> str:
        """As leaves.jsonl has it."""
        said: dict[str, object] = {"seq": seq}
        if not self.row:
            return _encode({**said, "hash": self.hash.hex()}) + "\n"
        if self.salt:
            said["salt"] = self.salt.hex()
        return _encode({**said, "row": self.row}) + "\n"


def leaves_write(position: Position, batched: Iterable[Entry], folder: Path) -> None:
    """Write the leaves of every batched entry. Raises Refusal when a root does not come out."""
    with (folder / LEAVES).open("w", encoding="utf-8", newline="\n") as file:
        for entry in batched:
            tree = MerkleTree()
            for leaf in _leaves(position, entry):
                tree.add(leaf.hash)
                file.write(leaf.line(entry.seq))
            if tree.root().hex() != entry.data[ROOTS[entry.kind]]:
                raise Refusal(
                    f"The rows that event {entry.seq} commits to are not those of that time."
                    " Nothing is released: compare the database with a backup."
                )


def _leaves(position: Position, entry: Entry) -> Iterator[Leaf]:
    if entry.kind == "outcomes.sealed":
        return _sealed(position, Seal.objects.get(seq=entry.seq))
    joined = entry.seq if entry.kind == "campaign.joined" else None
    return _frozen(position, joined)


def _frozen(position: Position, joined: int | None) -> Iterator[Leaf]:
    """People as they were frozen, in words where the edition names people and shows their rows."""
    people = everyone(position).filter(joined_seq=joined)
    for batch in _batches(population_leaves(people)):
        shown = _shown(position, batch)
        for leaf in batch:
            yield (
                Leaf(leaf.hash, leaf.row, leaf.salt)
                if leaf.assignment in shown
                else Leaf(leaf.hash)
            )


def _shown(position: Position, batch: list[PopulationLeaf]) -> set[object]:
    if position.options.pseudonymous:
        return set()
    ids = [leaf.assignment for leaf in batch]
    if not position.options.filters:
        return set(ids)
    return set(in_scope(position).filter(pk__in=ids).values_list("pk", flat=True))


def _sealed(position: Position, seal: Seal) -> Iterator[Leaf]:
    """Mails in a seal: those of the people whose rows are shown, in words."""
    for batch in _batches(seal_leaves(seal)):
        ours = _ours(position, batch)
        for leaf in batch:
            said = leaf.message in ours and not (position.options.pseudonymous and _quotes(leaf))
            yield Leaf(leaf.hash, leaf.row) if said else Leaf(leaf.hash)


def _quotes(leaf: SealLeaf) -> bool:
    """Whether it holds words of a mail server or an officer, who may name somebody."""
    row = json.loads(leaf.row) if leaf.row else []
    return len(row) == len(OUTCOME_COLUMNS) and bool(row[OUTCOME_COLUMNS.index("answer")])


def _ours(position: Position, batch: list[SealLeaf]) -> set[object]:
    mine = Message.objects.filter(assignment__in=in_scope(position))
    return set(mine.filter(pk__in={leaf.message for leaf in batch}).values_list("pk", flat=True))


def _batches(leaves: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(leaves, _BATCH)):
        yield batch
