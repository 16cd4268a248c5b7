"""What batched entries commit to, leaf by leaf: this campaign's rows, and bare hashes of others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from compliance.campaigns.population import population_leaves
from compliance.reminders.models import Message, Seal
from compliance.reminders.seal import SealLeaf, seal_leaves
from ledger.canonical import MerkleTree, canonical_json
from ledger.commands import Refusal
from reports.datasets.position import Position
from reports.datasets.scope import in_scope
from reports.evidence.concern import Entry

LEAVES = "leaves.jsonl"
# Kinds of entries that commit to rows, and where in their data the root stands.
ROOTS = {
    "campaign.launched": "population",
    "campaign.joined": "joined_population",
    "outcomes.sealed": "root",
}
_BATCH = 2_000


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
            return canonical_json({**said, "hash": self.hash.hex()}) + "\n"
        if self.salt:
            said["salt"] = self.salt.hex()
        return canonical_json({**said, "row": self.row}) + "\n"


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
    """People as they were frozen; names stay out of an edition without them."""
    for leaf in population_leaves(in_scope(position).filter(joined_seq=joined)):
        if position.options.pseudonymous:
            yield Leaf(leaf.hash)
        else:
            yield Leaf(leaf.hash, leaf.row, leaf.salt)


def _sealed(position: Position, seal: Seal) -> Iterator[Leaf]:
    """Of the mails in a seal, those of this campaign in words."""
    leaves = seal_leaves(seal)
    while batch := list(islice(leaves, _BATCH)):
        ours = _ours(position, batch)
        for leaf in batch:
            yield Leaf(leaf.hash, leaf.row if leaf.message in ours else "")


def _ours(position: Position, batch: list[SealLeaf]) -> set[object]:
    mine = Message.objects.filter(assignment__campaign=position.campaign)
    return set(mine.filter(pk__in={leaf.message for leaf in batch}).values_list("pk", flat=True))
