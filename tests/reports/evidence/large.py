"""A bundle about a large made-up company, written by the program's own writers without a database."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.canonical import GENESIS, MerkleTree, canonical_json, event_hash
from reports.datasets import attestations, messages, population
from reports.datasets.tables import Fact, Row, Section, Sheet, Table
from reports.evidence import verify
from reports.evidence.packing import pack
from reports.evidence.rows import WithLines
from reports.workbook.book import Book

NOON = "2026-11-23T12:00:00.000000Z"
SEAL = 20_000  # rows behind one entry
MAILS = 2  # for everybody, and a third one for every other person
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def _id(kind: int, number: int) -> str:
    return str(UUID(int=(kind << 96) + number, version=4))


@dataclass
class Chain:
    """A ledger that is written as it grows."""

    folder: Path
    last: bytes = GENESIS
    tree: MerkleTree = field(default_factory=MerkleTree)

    def __post_init__(self) -> None:
        self.hashes = (self.folder / "hashes.txt").open("w")
        self.events = (self.folder / "events.jsonl").open("w")
        self.leaves = (self.folder / "leaves.jsonl").open("w")

    @property
    def seq(self) -> int:
        return self.tree.size

    def append(self, kind: str, subject: str, data: dict[str, object]) -> str:
        said = {
            "actor": "system",
            "at": NOON,
            "data": data,
            "kind": kind,
            "subject": subject,
            "v": 1,
        }
        body = canonical_json(said)
        self.last = event_hash(self.last, body)
        self.tree.add(self.last)
        self.hashes.write(f"{self.last.hex()}\n")
        self.events.write(canonical_json({"body": body, "seq": self.seq}) + "\n")
        return self.last.hex()

    def leaf(self, tree: MerkleTree, row: list[object], salt: bytes = b"") -> None:
        """One row of the batch that the next entry stands for."""
        text = canonical_json(row)
        salted = {"salt": salt.hex()} if salt else {}
        self.leaves.write(canonical_json({"row": text, "seq": self.seq + 1, **salted}) + "\n")
        data = text.encode()
        tree.add(hmac.digest(salt, data, "sha256") if salt else hashlib.sha256(data).digest())

    def close(self) -> None:
        for file in (self.hashes, self.events, self.leaves):
            file.close()


class Company:
    """So many people, all asked, of whom four in five have answered."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.answers: list[tuple[int, str]] = []  # ledger number and event hash, person by person

    def answered(self, number: int) -> bool:
        return number % 5 != 0

    def mails(self, number: int) -> int:
        return MAILS + number % 2

    def person(self, number: int) -> tuple[str, ...]:
        """Last name, first name, address, number, department, country, office, kind, manager."""
        name = f"Person {number}"
        where = (f"Department {number % 40}", "DE", f"Office {number % 12}", "Employee")
        return (
            name,
            "Ünsal",
            f"person{number}@example.com",
            f"{number:07d}",
            *where,
            f"Manager {number % 500}",
        )

    def frozen(self, number: int) -> list[object]:
        last, first, email, external, *where, manager = self.person(number)
        ids = [_id(1, number), _id(2, number), external, manager, "en", "", email, first, last]
        return [*ids, *where, "Europe/Berlin", last.lower()]

    def write(self, folder: Path) -> None:
        """Everything but the manifest."""
        for name in ("ledger", "rows", "guide"):
            (folder / name).mkdir()
        (folder / "guide" / "guide.json").write_text("{}")
        (folder / "consistency.json").write_text("[]\n")
        chain = Chain(folder / "ledger")
        self._launch(chain)
        self._mails(chain)
        self._answers(chain)
        chain.close()
        (folder / "checkpoints.txt").write_text(_checkpoint(chain))
        self._sheets(folder)
        (folder / "manifest.json").write_bytes(self._manifest(folder, chain))
        (folder / "manifest.sig").write_bytes(_KEY.sign((folder / "manifest.json").read_bytes()))

    def _launch(self, chain: Chain) -> None:
        tree = MerkleTree()
        for number in range(self.people):
            chain.leaf(
                tree, self.frozen(number), hashlib.sha256(str(number).encode()).digest()[:16]
            )
        guide = hashlib.sha256(b"{}").hexdigest()
        data = {"in_scope": tree.size, "population": tree.root().hex(), "guide_digest": guide}
        chain.append("campaign.launched", "campaign:3", data)

    def _mails(self, chain: Chain) -> None:
        for rows, planned in ((self._planned(), True), (self._outcomes(), False)):
            tree = MerkleTree()
            for row in rows:
                chain.leaf(tree, row)
                if tree.size == SEAL:
                    _seal(chain, tree, planned=planned)
                    tree = MerkleTree()
            if tree.size:
                _seal(chain, tree, planned=planned)

    def _planned(self) -> Iterator[list[object]]:
        for number in range(self.people):
            for step in range(self.mails(number)):
                yield [_id(3, number * 4 + step), _id(1, number), step, NOON]

    def _outcomes(self) -> Iterator[list[object]]:
        for number in range(self.people):
            for step in range(self.mails(number)):
                message = number * 4 + step
                yield [message, _id(3, message), 1, "accepted", 250, "2.0.0 Ok: queued", NOON]

    def _answers(self, chain: Chain) -> None:
        said = {"answer": "was_off", "number": 1, "campaign": "campaign:3", "wording": "0" * 64}
        said |= {"language": "en", "assurance": "link"}
        for number in filter(self.answered, range(self.people)):
            hash_ = chain.append("attestation.recorded", f"assignment:{_id(1, number)}", dict(said))
            self.answers.append((chain.seq, hash_))

    def _sheets(self, folder: Path) -> None:
        with TemporaryDirectory() as waiting:
            book = Book(Path(waiting), title="Large", at=datetime(2026, 11, 23, tzinfo=UTC))
            both = WithLines(book, folder / "rows")
            both.fill(both.reserve("Summary"), self._summary())
            for table in (
                Table("Population", population.POPULATION_COLUMNS, self._population),
                Table("Attestations", attestations.COLUMNS, self._attestations),
                Table("Messages", messages.COLUMNS, self._messages),
                Table("Exclusions", population.EXCLUSION_COLUMNS, lambda: iter(())),
            ):
                both.add(table, lambda: None)
            book.save(folder / "audit.xlsx")

    def _summary(self) -> Sheet:
        answered = len(self.answers)
        counts = {"In scope": self.people, "Answered": answered, "Open": self.people - answered}
        facts = tuple(Fact(label, count) for label, count in counts.items())
        return Sheet("Summary", "Large", "Made up.", (Section("Who was asked", facts),))

    def _population(self) -> Iterator[Row]:
        answers = iter(self.answers)
        for number in range(self.people):
            seq, _ = next(answers) if self.answered(number) else (None, "")
            said = ("answered", "", None, "was_off", NOON, 0) if seq else ("open", "", *[None] * 4)
            mails = (self.mails(number), NOON, 0, "link", _id(1, number))
            yield (*self.person(number), "en", None, "2026-12-11", *said, seq, *mails)

    def _attestations(self) -> Iterator[Row]:
        people = filter(self.answered, range(self.people))
        for number, (seq, hash_) in zip(people, self.answers, strict=True):
            said = (1, "yes", "was_off", "I looked, and it was already off", NOON, seq)
            guide = ("linkedin-ai-training", 1, "en", "link", "0" * 64)
            yield (*self.person(number)[:3], *said, *guide, hash_, _id(1, number))

    def _messages(self) -> Iterator[Row]:
        for number in range(self.people):
            last, first, email, *_ = self.person(number)
            for step in range(self.mails(number)):
                said = ("Invitation", "accepted", "Accepted by the mail server", NOON, NOON, 1)
                ids = (_id(3, number * 4 + step), _id(1, number))
                yield (last, first, *said, email, 250, "2.0.0 Ok: queued", *ids)

    def _manifest(self, folder: Path, chain: Chain) -> bytes:
        raw = _KEY.public_key().public_bytes_raw()
        answered = len(self.answers)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {path.relative_to(folder).as_posix(): path for path in paths}
        said = {
            "campaign": "campaign:3", "format": verify.FORMAT, "options": {},
            "files": [
                {"name": name, "bytes": files[name].stat().st_size, "sha256": _sha256(files[name])}
                for name in sorted(files)
            ],
            "key": {"id": hashlib.sha256(raw).hexdigest(), "public": _base64(raw)},
            "ledger": {
                "origin": verify.LEDGER_ORIGIN, "root": _base64(chain.tree.root()), "size": chain.seq,
            },
            "position": {"at": NOON, "hash": chain.last.hex(), "seq": chain.seq},
            "rows": {name: _lines(files[name]) for name in files if name.startswith("rows/")},
            "system": {"version": "0", "workbook_format": 0},
            "totals": {
                "in_scope": self.people, "answered": answered, "open": self.people - answered,
                "excluded": {}, "left": {}, "erased": 0,
            },
        }  # fmt: skip
        return (canonical_json(said) + "\n").encode()


def _seal(chain: Chain, tree: MerkleTree, *, planned: bool) -> None:
    counts = {"planned": tree.size * planned, "outcomes": tree.size * (not planned)}
    chain.append("outcomes.sealed", "seal:1", {**counts, "root": tree.root().hex()})


def _checkpoint(chain: Chain) -> str:
    text = f"{verify.LEDGER_ORIGIN}\n{chain.seq}\n{_base64(chain.tree.root())}\n{_base64(chain.last)}\n{NOON}\n"
    key = hashlib.sha256(_KEY.public_key().public_bytes_raw()).hexdigest()
    return f"{text}\n— {key} {_base64(_KEY.sign(text.encode()))}\n\n"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def bundle_make(people: int, path: Path) -> None:
    """Write the bundle of a company of so many people."""
    with TemporaryDirectory(dir=path.parent) as folder:
        Company(people).write(Path(folder))
        pack(Path(folder), path)
