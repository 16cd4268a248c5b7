"""Who is in the sample: drawn so that anybody can draw it again."""

import hashlib
import heapq
from uuid import UUID

from reports.datasets.ordering import CHUNK
from reports.datasets.position import Position
from reports.datasets.scope import in_scope


def seed_of(position: Position) -> str:
    """The options' seed; else one that nobody chose: campaign, position and its event's hash."""
    own = f"{position.campaign.ref}@{position.seq}:{position.hash.hex()}"
    return position.options.sample_seed or own


def draw(seed: str, assignment: str) -> str:
    """SHA-256(seed ‖ assignment id) in hex: the smallest ones are the sample."""
    return hashlib.sha256(f"{seed}{assignment}".encode()).hexdigest()


def sampled(position: Position) -> list[UUID]:
    """The assignments drawn among all whose rows are shown, in the order of their draws."""
    seed = seed_of(position)
    ids = in_scope(position).values_list("id", flat=True).iterator(chunk_size=CHUNK)
    return heapq.nsmallest(position.options.sample_size, ids, key=lambda id_: draw(seed, str(id_)))
