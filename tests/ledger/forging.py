"""Forged chains by kind: what somebody with all rights on the database can do to the past."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.canonical import GENESIS, MerkleTree, canonical_json, hash_of
from ledger.chain import Stored
from ledger.keys import KeyChain, raw_key_id
from ledger.notes import Stated
from ledger.suspects import suspect
from ledger.walking import Finding, Mark, Walk

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
Rows = list[Stored]


@dataclass(frozen=True)
class Forgery:
    """A chain that is not what it was, and what must be said of it (seq 0: any place)."""

    name: str
    rows: Rows
    kind: str
    seq: int


def text(number: int, *, forged: bool = False) -> bytes:
    return canonical_json({"forged" if forged else "kind": "row.added", "row": number}).encode()


def linked(bodies: Sequence[bytes], *, prev: bytes = GENESIS, first: int = 1) -> Rows:
    """The chain over these texts."""
    rows = []
    for seq, body in enumerate(bodies, first):
        hash_ = hash_of(prev, body)
        rows.append(Stored(seq, body, prev, hash_))
        prev = hash_
    return rows


def genuine(size: int) -> Rows:
    return linked([text(number) for number in range(1, size + 1)])


def signed(rows: Rows) -> Mark:
    """The one checkpoint over all of it that an auditor has."""
    tree = MerkleTree()
    tree.extend([row.hash for row in rows])
    at, head = "2026-11-21T20:15:00.000000Z", rows[-1].hash
    said = Stated(len(rows), tree.root(), head, at, raw_key_id(PUBLIC), b"")
    return Mark(
        Stated(len(rows), said.root, head, at, said.key_id, KEY.sign(said.text.encode())),
        "The checkpoint that the auditor kept",
    )


def judged(rows: Rows, mark: Mark) -> Finding | None:
    """What verification says, as it would of the database."""
    walk = Walk([mark], KeyChain([], PUBLIC))
    walk.along([rows[at : at + 7] for at in range(0, len(rows), 7)])
    if walk.broken:
        return suspect(walk.tree.size + 1, walk.last, walk.broken, [rows])
    return walk.finding or walk.beyond()


def forgeries(rows: Rows, count: int, seed: int = 1) -> Iterator[Forgery]:
    """`count` forgeries, of each kind as many."""
    dice = random.Random(seed)
    makers = list(MAKERS.items())
    for number in range(count):
        name, make = makers[number % len(makers)]
        forged, kind, seq = make(rows, dice)
        yield Forgery(name, forged, kind, seq)


Made = tuple[Rows, str, int]


def _somewhere(rows: Rows, dice: random.Random, margin: int = 2) -> int:
    """An index that has neighbours."""
    return dice.randrange(margin, len(rows) - margin)


def _with(rows: Rows, at: int, **values: Any) -> Rows:
    return [*rows[:at], rows[at]._replace(**values), *rows[at + 1 :]]


def edited_text(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows))
    return _with(rows, at, body=text(at, forged=True)), "edited", at + 1


def flipped_bit(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows))
    body = bytearray(rows[at].body)
    body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    return _with(rows, at, body=bytes(body)), "edited", at + 1


def edited_hash(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows))
    return _with(rows, at, hash=dice.randbytes(32)), "edited", at + 1


def edited_parent(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows))
    return _with(rows, at, prev=dice.randbytes(32)), "edited", at + 1


def edited_with_its_hash(rows: Rows, dice: random.Random) -> Made:
    """The text and its hash fit; the next event does not continue it any more."""
    at = dice.randrange(len(rows) - 1)
    body = text(at, forged=True)
    return _with(rows, at, body=body, hash=hash_of(rows[at].prev, body)), "", at + 2


def deleted(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows) - 1)
    return rows[:at] + rows[at + 1 :], "deleted", at + 1


def deleted_and_renumbered(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows) - 1)
    later = [row._replace(seq=row.seq - 1) for row in rows[at + 1 :]]
    return rows[:at] + later, "deleted", at + 1


def deleted_several(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows) - 4)
    return rows[:at] + rows[at + 3 :], "deleted", at + 1


def inserted(rows: Rows, dice: random.Random) -> Made:
    at = _somewhere(rows, dice)
    body, prev = text(at, forged=True), dice.randbytes(32)
    new = Stored(at + 1, body, prev, hash_of(prev, body))
    return (
        [*rows[:at], new, *(row._replace(seq=row.seq + 1) for row in rows[at:])],
        "inserted",
        at + 1,
    )


def forked(rows: Rows, dice: random.Random) -> Made:
    """A second child of one parent: whichever stands first, the other one does not fit."""
    at = _somewhere(rows, dice)
    body = text(at, forged=True)
    new = Stored(at + 1, body, rows[at].prev, hash_of(rows[at].prev, body))
    return (
        [*rows[:at], new, *(row._replace(seq=row.seq + 1) for row in rows[at:])],
        "forked",
        at + 2,
    )


def swapped_texts(rows: Rows, dice: random.Random) -> Made:
    one, other = sorted(dice.sample(range(len(rows)), 2))
    changed = _with(rows, one, body=rows[other].body)
    return _with(changed, other, body=rows[one].body), "swapped", one + 1


def swapped_rows(rows: Rows, dice: random.Random) -> Made:
    one, other = sorted(dice.sample(range(len(rows)), 2))
    changed = _with(rows, one, **rows[other]._replace(seq=one + 1)._asdict())
    return _with(changed, other, **rows[one]._replace(seq=other + 1)._asdict()), "swapped", one + 1


def renumbered(rows: Rows, dice: random.Random) -> Made:
    """The last event gets a higher number: nothing is missing but the number."""
    return _with(rows, len(rows) - 1, seq=len(rows) + dice.randrange(1, 9)), "edited", len(rows)


def rehashed(rows: Rows, dice: random.Random) -> Made:
    """One text changed, and the chain hashed anew from there: it fits itself."""
    at = dice.randrange(len(rows))
    bodies = [text(at, forged=True), *(row.body for row in rows[at + 1 :])]
    return rows[:at] + linked(bodies, prev=rows[at].prev, first=at + 1), "rewritten", 1


def rehashed_wholly(rows: Rows, dice: random.Random) -> Made:
    bodies = [row.body for row in rows]
    dice.shuffle(bodies)
    bodies[dice.randrange(len(bodies))] = text(dice.randrange(999), forged=True)
    return linked(bodies), "rewritten", 1


def rehashed_without_one(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows))
    later = linked([row.body for row in rows[at + 1 :]], prev=rows[at].prev, first=at + 1)
    return rows[:at] + later, "truncated", len(rows)


def rehashed_with_one_more(rows: Rows, dice: random.Random) -> Made:
    at = dice.randrange(len(rows))
    bodies = [text(at, forged=True), *(row.body for row in rows[at:])]
    return rows[:at] + linked(bodies, prev=rows[at].prev, first=at + 1), "rewritten", 1


def rehashed_in_another_order(rows: Rows, dice: random.Random) -> Made:
    one, other = sorted(dice.sample(range(len(rows)), 2))
    bodies = [row.body for row in rows]
    bodies[one], bodies[other] = bodies[other], bodies[one]
    return linked(bodies), "rewritten", 1


def cut_tail(rows: Rows, dice: random.Random) -> Made:
    size = dice.randrange(len(rows))
    return rows[:size], "truncated", size + 1


def cut_and_grown_again(rows: Rows, dice: random.Random) -> Made:
    """A tail cut off, and as many or more other events in its place."""
    size = dice.randrange(len(rows))
    last = rows[size - 1].hash if size else GENESIS
    more = len(rows) - size + dice.randrange(5)
    bodies = [text(size + n, forged=True) for n in range(more)]
    return rows[:size] + linked(bodies, prev=last, first=size + 1), "rewritten", 1


MAKERS: dict[str, Callable[[Rows, random.Random], Made]] = {
    make.__name__: make
    for make in (
        edited_text, flipped_bit, edited_hash, edited_parent, edited_with_its_hash, deleted,
        deleted_and_renumbered, deleted_several, inserted, forked, swapped_texts, swapped_rows,
        renumbered, rehashed, rehashed_wholly, rehashed_without_one, rehashed_with_one_more,
        rehashed_in_another_order, cut_tail, cut_and_grown_again,
    )
}  # fmt: skip


def survey(count: int, size: int = 40) -> tuple[Counter[str], list[str]]:
    """How many of each kind were found, and what was missed or misnamed."""
    rows = genuine(size)
    mark, found, wrong = signed(rows), Counter[str](), []
    assert judged(rows, mark) is None
    for forgery in forgeries(rows, count):
        finding = judged(forgery.rows, mark)
        said = (finding.kind, finding.seq) if finding else ("", 0)
        if finding and forgery.kind in {"", said[0]} and forgery.seq == said[1]:
            found[forgery.name] += 1
        else:
            wrong.append(f"{forgery.name}: {said} instead of {(forgery.kind, forgery.seq)}")
    return found, wrong
