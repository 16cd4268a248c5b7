"""What batched entries commit to, leaf by leaf: this campaign's rows, and bare hashes of others."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from compliance.campaigns.models import Campaign
from compliance.campaigns.population import PopulationLeaf, population_leaves
from compliance.campaigns.withdrawn import Withdrawal, withdrawal_row
from compliance.reminders.models import Message, Seal
from compliance.reminders.seal import OUTCOME_COLUMNS, SealLeaf, seal_leaves
from ledger.canonical import MerkleTree
from ledger.commands import Refusal
from reports.datasets.position import Position
from reports.datasets.scope import everyone, in_scope
from reports.evidence.concern import Entry, withdrawn_in

LEAVES = "leaves.jsonl"
# Kinds of entries that commit to rows, and where in their data the root stands; a change of the
# directory says of each campaign who left it.
_ROOTS = {
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


def root_of(entry: Entry, campaign: Campaign) -> str:
    """The root over the rows of `campaign` that the entry commits to, in hex; '' for none."""
    if entry.kind in _ROOTS:
        return str(entry.data[_ROOTS[entry.kind]])
    return str(withdrawn_in(entry).get(campaign.ref, {}).get("root", ""))


def leaves_write(position: Position, batched: Iterable[Entry], folder: Path) -> None:
    """Write the leaves of every batched entry. Raises Refusal when a root does not come out."""
    with (folder / LEAVES).open("w", encoding="utf-8", newline="\n") as file:
        for entry in batched:
            tree = MerkleTree()
            for leaf in _leaves(position, entry):
                tree.add(leaf.hash)
                file.write(leaf.line(entry.seq))
            if tree.root().hex() != root_of(entry, position.campaign):
                raise Refusal(
                    f"The rows that event {entry.seq} commits to are not those of that time."
                    " Nothing is released: compare the database with a backup."
                )


def _leaves(position: Position, entry: Entry) -> Iterator[Leaf]:
    if entry.kind == "outcomes.sealed":
        return _sealed(position, Seal.objects.get(seq=entry.seq))
    if entry.kind not in _ROOTS:
        return _withdrawn(position, entry.seq)
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


def _shown(position: Position, batch: list[PopulationLeaf]) -> set[UUID]:
    if position.options.pseudonymous:
        return set()
    return _in_scope(position, {leaf.assignment for leaf in batch})


def _in_scope(position: Position, ids: set[UUID]) -> set[UUID]:
    if not position.options.filters:
        return ids
    return set(in_scope(position).filter(pk__in=ids).values_list("pk", flat=True))


def _withdrawn(position: Position, seq: int) -> Iterator[Leaf]:
    """Who left, or came back, with an entry: no names, but the ids of their assignments."""
    rows = Withdrawal.objects.filter(assignment__campaign=position.campaign)
    for batch in _batches(rows.moved_with(seq)):
        shown = _in_scope(position, {assignment for assignment, _ in batch})
        for assignment, reason in batch:
            row = _encode(withdrawal_row(assignment, reason))
            hash_ = hashlib.sha256(row.encode()).digest()
            yield Leaf(hash_, row if assignment in shown else "")


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
