"""The ledger's own files: every hash, and the entries that concern the campaign, word for word."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

from ledger.canonical import GENESIS, MerkleTree, canonical_json, event_hash
from ledger.commands import Refusal
from ledger.models import Event
from reports.datasets.position import Position
from reports.evidence.concern import Concern, Entry, entry_read
from reports.evidence.leaves import root_of

_BATCH = 2_000
HASHES, EVENTS = "hashes.txt", "events.jsonl"


@dataclass
class Record:
    """What was seen while the ledger went by."""

    root: bytes = b""
    batched: list[Entry] = field(default_factory=list)  # entries that commit to rows
    bundled: list[int] = field(default_factory=list)  # positions of bundles that were made


def record_write(position: Position, folder: Path) -> Record:
    """Write both files in one pass over the ledger up to the position.

    Raises Refusal when the chain does not hold.
    """
    record, concern, chain = Record(), Concern(position), _Chain()
    with _text(folder / HASHES) as hashes, _text(folder / EVENTS) as events:
        for batch in _batches(position.seq):
            hashes.writelines(f"{chain.next(*row)}\n" for row in batch)
            entries = [entry_read(seq, body) for seq, body, _ in batch]
            record.bundled += [_bundled(entry) for entry in entries if _is_bundle(entry)]
            for entry in concern.of(entries):
                events.write(canonical_json({"seq": entry.seq, "body": entry.body}) + "\n")
                if root_of(entry, position.campaign):
                    record.batched.append(entry)
    record.root = chain.root(position)
    return record


class _Chain:
    """Hashes every text anew, so that nothing is released which the chain does not hold."""

    def __init__(self) -> None:
        self._tree, self._last = MerkleTree(), GENESIS

    def next(self, seq: int, body: str, stored: bytes | memoryview) -> str:
        """The hash of the next event, in hex. Raises Refusal."""
        self._last = event_hash(self._last, body)
        if seq != self._tree.size + 1 or self._last != bytes(stored):
            raise _broken(seq)
        self._tree.add(self._last)
        return self._last.hex()

    def root(self, position: Position) -> bytes:
        """The root over all of them. Raises Refusal when some are missing."""
        if self._tree.size != position.seq or self._last != position.hash:
            raise _broken(self._tree.size + 1)
        return self._tree.root()


def _broken(seq: int) -> Refusal:
    return Refusal(
        f"The ledger's chain does not hold at event {seq}. Nothing is released: run verify_ledger"
        " to see what was changed."
    )


def _batches(size: int) -> Iterator[list[tuple[int, str, bytes | memoryview]]]:
    rows = Event.objects.filter(seq__lte=size).order_by("seq").values_list("seq", "body", "hash")
    stream = rows.iterator(chunk_size=_BATCH)
    while batch := list(islice(stream, _BATCH)):
        yield batch


def _is_bundle(entry: Entry) -> bool:
    return entry.kind == "export.made" and entry.data.get("kind") == "bundle"


def _bundled(entry: Entry) -> int:
    return int(entry.data["position"])


def _text(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="\n")
