"""What a launch commits to about people: one salted leaf each, under one Merkle root."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from compliance.campaigns.models import AssignmentQuerySet, Campaign
from ledger.canonical import MerkleTree, canonical_json

# What is frozen of a person, in the order in which a leaf has it, behind the two ids.
FROZEN = (
    "external_id",
    "manager_name",
    "language",
    "exclusion",
    "email",
    "first_name",
    "last_name",
    "department",
    "country",
    "office",
    "employment_type",
    "time_zone",
    "sort_name",
)
_COLUMNS = ("id", "leaf", "salt", "employee_id", *FROZEN)


@dataclass(frozen=True)
class PopulationLeaf:
    """One assignment as it was frozen: `hash` is HMAC-SHA-256(salt, row in UTF-8).

    `row` is canonical JSON: assignment id, employee id, then FROZEN. Of an erased person (and of
    whoever's frozen row named one) only the hash is left: without the salt nobody can guess back.
    """

    assignment: UUID
    hash: bytes
    row: str = ""
    salt: bytes = b""


def population_leaves(people: AssignmentQuerySet) -> Iterator[PopulationLeaf]:
    """The leaves of `people` in the order of their ids, with flat memory."""
    rows = people.order_by("id").values_list(*_COLUMNS)
    for id_, leaf, salt, *frozen in rows.iterator(chunk_size=5_000):
        yield PopulationLeaf(id_, bytes(leaf)) if leaf else _leaf(id_, salt, frozen)


def population_digest(campaign: Campaign, *, joined_seq: int | None = None) -> tuple[int, bytes]:
    """How many assignments, and the Merkle root over their leaves in the order of their ids.

    Those of the launch, or of the later entry that `joined_seq` names.
    """
    tree = MerkleTree()
    for leaf in population_leaves(campaign.assignments.filter(joined_seq=joined_seq)):
        tree.add(leaf.hash)
    return tree.size, tree.root()


def _leaf(id_: UUID, salt: UUID, frozen: list[object]) -> PopulationLeaf:
    employee, *texts = frozen
    row = canonical_json([str(id_), str(employee), *texts])
    return PopulationLeaf(id_, hmac.digest(salt.bytes, row.encode(), "sha256"), row, salt.bytes)
