"""What happened to the first event that does not fit: edited, deleted, swapped and so on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.canonical import hash_of
from ledger.chain import Stored
from ledger.walking import Finding


@dataclass
class _Places:
    """Where the rest of the story stands; 0: nowhere."""

    successor: int = 0  # of the last good event
    parent: int = 0  # of the bad one
    text: int = 0  # the text that belongs under the bad one's hash


def suspect(
    expected: int, last: bytes, bad: Stored, batches: Iterable[Sequence[Stored]]
) -> Finding:
    """Name the damage at `expected`, after the last good hash; reads the chain once more."""
    fits = bad.prev == last and hash_of(last, bad.body) == bad.hash
    if bad.seq != expected and fits:
        return Finding(expected, "edited", f"Event {expected} carries the number {bad.seq}.")
    if bad.seq != expected:
        return Finding(expected, "deleted", f"Event {expected} is missing; next is {bad.seq}.")
    return _named(expected, last, bad, _places(last, bad, batches))


def _named(seq: int, last: bytes, bad: Stored, places: _Places) -> Finding:
    if bad.prev == last or hash_of(bad.prev, bad.body) != bad.hash:
        return _changed(seq, places)
    if places.parent > seq or places.successor > seq + 1:
        other = max(places.parent, places.successor)
        return Finding(seq, "swapped", f"Event {seq} changed places with event {other}.")
    if places.successor:
        text = f"Event {seq} was put between {seq - 1} and what followed it, now {seq + 1}."
        return Finding(seq, "inserted", text)
    if places.parent:
        text = f"Event {seq} continues event {places.parent}, as another one does already."
        return Finding(seq, "forked", text)
    text = f"What followed event {seq - 1} is gone, and the events after it were numbered anew."
    return Finding(seq, "deleted", text)


def _changed(seq: int, places: _Places) -> Finding:
    if places.text:
        text = f"Event {seq} has the text of another; its own stands under {places.text}."
        return Finding(seq, "swapped", text)
    if places.successor == seq + 1:
        text = f"Event {seq} was put between {seq - 1} and what followed it, now {seq + 1}."
        return Finding(seq, "inserted", text)
    return Finding(seq, "edited", f"Event {seq} is not the one that was hashed.")


def _places(last: bytes, bad: Stored, batches: Iterable[Sequence[Stored]]) -> _Places:
    places = _Places()
    for batch in batches:
        for row in map(Stored._make, batch):
            if row.hash == bad.prev:
                places.parent = row.seq
            if row.seq != bad.seq and row.prev == last:
                places.successor = row.seq
            if row.seq != bad.seq and hash_of(last, row.body) == bad.hash:
                places.text = row.seq
    return places
