#!/usr/bin/env python3
"""Check an evidence bundle of Optrail: python3 verify.py BUNDLE.zip."""

# Needs Python 3.9 or later and nothing else: no installation, no network, no other file of Optrail.
# It reads the bundle, changes nothing, and says what it found. The steps stand below in the order
# in which they are taken. Each has an exit code of its own, and the first thing that does not hold
# ends the check. What the files of a bundle are is described in docs/bundle.md, what this check can
# and cannot show in docs/verifying.md.
#
# Written for Python 3.9, for readers, and for the standard library alone:
# ruff: noqa: B905, EXE001, ISC004, PLR2004, PTH113, PTH123, S608, T201

from __future__ import annotations

import argparse
import base64
import contextlib
import functools
import hashlib
import hmac
import itertools
import json
import os
import re
import sqlite3
import struct
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import IO, Any, NamedTuple, NoReturn
from xml.parsers import expat

USAGE = 2  # exit codes; 0: everything holds
STEPS = {
    10: "zip file",
    11: "signature",
    12: "digests",
    13: "ledger",
    14: "checkpoints",
    15: "batches",
    16: "consistency",
    17: "workbook",
    18: "totals",
}
ZIP, SIGNATURE, DIGESTS, LEDGER, CHECKPOINTS, BATCHES, CONSISTENCY, WORKBOOK, TOTALS = STEPS

CHUNK, MIB = 1 << 16, 1 << 20
MOST_ENTRIES = 2_000
MOST_BYTES = 64 << 30
MOST_RATIO = 100  # unpacked to packed; what Optrail writes stays below 40
LONGEST_LINE, LONGEST_FILE = 4 * MIB, 16 * MIB  # of what is read as a whole

Values = tuple[Any, ...]
Cells = dict[str, Any]


class Refused(Exception):  # noqa: N818 - the bundle is, and this says where
    """The first thing that does not hold, in words; `step` is the exit code."""

    step = 0


def refuse(what: str, step: int = 0) -> NoReturn:
    refused = Refused(what)
    refused.step = step
    raise refused


@contextlib.contextmanager
def taking(step: int, bundle: Archive | None = None) -> Iterator[None]:
    """One step: whatever in the bundle has another form than it should is refused as well."""
    try:
        yield
    except Refused as refused:
        refused.step = refused.step or step
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
            sqlite3.Error) as error:  # fmt: skip
        place = bundle.place if bundle else "The zip file"
        refuse(f"{place} does not hold what it should ({error!r:.120}).", step)


# --- Zip: nothing hidden in it, nothing that swells, no name that leads elsewhere -----------------

ENTRY, LISTED = struct.Struct("<4s5H3L2H"), 46  # bytes before the name of an entry in the list
END, END_64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
NO_TIME, OWNER_ONLY, UTF8_NAME = (1980, 1, 1, 0, 0, 0), 0o600 << 16, 0x800
FILES = re.compile(
    r"README\.txt|manifest\.(json|sig)|checkpoints\.txt|consistency\.json|audit\.xlsx|verify\.py"
    r"|rows/[a-z0-9_-]+\.jsonl|ledger/(hashes\.txt|(events|leaves)\.jsonl)"
    r"|guide/(guide\.json|[A-Za-z0-9-]+/wording\.txt)"
)
WORKBOOK_FILES = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml"
    r"|xl/(workbook|styles|sharedStrings|theme/theme1)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/(worksheets|drawings|charts)/(_rels/)?[a-z0-9]+\.xml(\.rels)?"
)


def zip_ends(count: int, size: int, start: int) -> tuple[bytes, bytes]:
    """What follows a list of `count` entries: as it is, and where something is too large for it."""
    short = [min(value, 0xFFFFFFFF) for value in (size, start)]
    end = END.pack(b"PK\5\6", 0, 0, count, count, *short, 0)
    more = END_64.pack(b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    return end, more + LOCATOR.pack(b"PK\6\7", 0, start + size, 1) + end


class Archive:
    """A zip file that holds its entries one after the other, as Optrail puts them, and no more."""

    def __init__(self, file: IO[bytes], allowed: re.Pattern[str], damaged: int) -> None:
        self._file, self._damaged, self.place = file, damaged, "The zip file"
        self._refuse_many()
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            refuse(f"It is no zip file that can be read: {error}.", damaged)
        self.sizes: dict[str, int] = {}
        end = listed = 0
        for entry in self._zip.infolist():
            self._check(entry, allowed)
            end = self._end_of(entry, end)
            listed += LISTED + len(entry.filename) + len(entry.extra)
        file.seek(end + listed)
        if file.read() not in zip_ends(len(self.sizes), listed, end):
            refuse("The zip file holds bytes that belong to none of its entries.")
        if sum(self.sizes.values()) > MOST_BYTES:
            refuse("The zip file would unpack to far too much.")

    def _refuse_many(self) -> None:
        """A list of millions of entries is not even read."""
        length = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, length - END.size - LOCATOR.size - END_64.size))
        last = self._file.read()
        magic, _, _, _, count, size, _, _ = END.unpack(last[-END.size :].rjust(END.size))
        if last[-END.size - LOCATOR.size :][:4] == b"PK\6\7":
            *_, count, size, _ = END_64.unpack(last[: END_64.size].rjust(END_64.size))
        if magic != b"PK\5\6" or count > MOST_ENTRIES or size > MOST_ENTRIES * 256:
            refuse(f"It does not end as a zip file of at most {MOST_ENTRIES} entries does.")

    def _check(self, entry: zipfile.ZipInfo, allowed: re.Pattern[str]) -> None:
        name, packed = entry.orig_filename, entry.compress_size
        if not (allowed.fullmatch(name) and name.isascii()) or name in self.sizes:
            refuse(f"It has an entry {name!r} that does not belong there, or has it twice.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            refuse(f"{name} is packed in a way that Optrail does not use.")
        if (entry.date_time, entry.external_attr, entry.flag_bits | UTF8_NAME, entry.comment) != (
            NO_TIME, OWNER_ONLY, UTF8_NAME, b"",
        ) or entry.extra[:2] not in (b"", b"\1\0"):  # fmt: skip
            refuse(f"{name} has a time, mode, flag or note that Optrail does not write.")
        if entry.file_size > MIB and entry.file_size > MOST_RATIO * packed:
            refuse(f"{name} would unpack from {packed} bytes to {entry.file_size}.")
        self.sizes[name] = entry.file_size

    def _end_of(self, entry: zipfile.ZipInfo, start: int) -> int:
        """Where an entry ends that begins at `start`, and says there what the list says of it."""
        self._file.seek(start)
        header = self._file.read(ENTRY.size).ljust(ENTRY.size)
        magic, _, flags, method, _, _, crc, packed, size, name, more = ENTRY.unpack(header)
        found, extra = self._file.read(name), self._file.read(more)
        if packed == size == 0xFFFFFFFF and len(extra) == 20:  # too large for the header
            size, packed = struct.unpack("<4xQQ", extra)
        elif extra:
            magic = b""
        if (magic, start, found.decode("ascii", "replace"), flags, method, crc, packed, size) != (
            b"PK\3\4", entry.header_offset, entry.orig_filename, entry.flag_bits,
            entry.compress_type, entry.CRC, entry.compress_size, entry.file_size,
        ):  # fmt: skip
            refuse(f"{entry.orig_filename} is not where or what the list of entries says.")
        return int(start + ENTRY.size + name + more + packed)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The contents of one entry; zipfile checks their CRC."""
        self.place = name
        if name not in self.sizes:
            refuse(f"{name} is missing.")
        try:
            with self._zip.open(name) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            refuse(f"{name} cannot be unpacked: {error}.", self._damaged)

    def whole(self, name: str, longest: int = LONGEST_FILE) -> bytes:
        """A small file at once."""
        if self.sizes.get(name, 0) > longest:
            refuse(f"{name} is longer than any that Optrail writes.")
        return b"".join(self.chunks(name))

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a text file, without their ends."""
        rest, read = b"", 0
        for chunk in self.chunks(name):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                refuse(f"{name} has a line that is longer than any that Optrail writes.")
            for line in lines:
                read += 1
                self.place = f"{name}, line {read},"
                yield line
        if rest:
            refuse(f"{name} does not end with the end of a line.")


# --- JSON and text, read strictly: each thing has one spelling ------------------------------------


def _no_fraction(text: str) -> NoReturn:
    raise ValueError(f"{text:.20} is no whole number")


def _integer(digits: str) -> int:
    return int(digits) if len(digits) < 400 else _no_fraction(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _reader(objects: Callable[[list[tuple[str, Any]]], Any]) -> Callable[[str], Any]:
    decoder: Any = json.JSONDecoder(
        object_pairs_hook=objects, parse_int=_integer, parse_float=_no_fraction,
        parse_constant=_no_fraction,
    )  # fmt: skip
    scan = decoder.scan_once

    def read(text: str) -> Any:
        try:
            value, end = scan(text, 0)
        except StopIteration:
            end = -1
        if end != len(text):
            raise ValueError("not one value in JSON")
        return value

    return read


# Objects become dictionaries, or tuples of keys and values in their order.
json_read, json_pairs = _reader(_unique), _reader(tuple)


def base64_read(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if base64_text(data) != text:
        raise ValueError("base64 in another spelling")
    return data


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def hex_read(text: str | bytes, length: int = 32) -> bytes:
    data = bytes.fromhex(text if isinstance(text, str) else text.decode())
    if len(data) != length:
        raise ValueError(f"{text[:70]!r} is not {length} bytes")
    return data


# --- Ed25519 (RFC 8032), in whole numbers ---------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # X, Y, Z, T: x = X/Z, y = Y/Z, x·y = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def point_add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_read(data: bytes) -> Point:
    """The point that 32 bytes stand for. Raises ValueError for none, and for a second spelling."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if len(data) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def point_bytes(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Multiples:
    """A point times any number: its multiples 1 to 15 of each power of 16 are kept ready."""

    def __init__(self, point: Point) -> None:
        self._rows: list[list[Point]] = []
        for _ in range(64):
            row = list(itertools.accumulate([NEUTRAL] + [point] * 15, point_add))
            self._rows.append(row)
            point = point_add(row[-1], point)

    def times(self, number: int) -> Point:
        total = NEUTRAL
        for row in self._rows:
            total = point_add(total, row[number & 15]) if number & 15 else total
            number >>= 4
        return total


BASE = Multiples(point_read((4 * pow(5, -1, P) % P).to_bytes(32, "little")))


class PublicKey:
    """An Ed25519 key. Strict: one spelling of each point and number, and no weak key."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.id = raw, hashlib.sha256(raw).hexdigest()
        x, y, z, t = point_read(raw)
        self._minus = Multiples((-x % P, y, z, -t % P))
        if raw == point_bytes(NEUTRAL) or point_bytes(self._minus.times(ORDER)) != point_bytes(
            NEUTRAL
        ):
            raise ValueError("a weak key, which no honest signer has")

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether S·B = R + SHA-512(R ‖ A ‖ message)·A."""
        number = int.from_bytes(signature[32:], "little")
        digest = hashlib.sha512(signature[:32] + self.raw + message).digest()
        challenge = int.from_bytes(digest, "little") % ORDER
        if len(signature) != 64 or number >= ORDER:
            return False
        return (
            point_bytes(point_add(BASE.times(number), self._minus.times(challenge)))
            == signature[:32]
        )


@functools.lru_cache(maxsize=64)
def key_read(raw: bytes) -> PublicKey:
    return PublicKey(raw)


# --- Signature: the manifest is signed, by the key that you expect --------------------------------

LEDGER_ORIGIN, KEY_ORIGIN = "optrail/ledger/1", "optrail/ledger-key/1"
ACCEPT_ORIGIN, ACCEPTED = "optrail/ledger-accepted/1", "ledger.accepted"


class Note:
    """A signed statement of checkpoints.txt: about how many entries, two hashes or keys, a time."""

    def __init__(self, said: Sequence[str], signed: Sequence[str]) -> None:
        self.origin, size, first, second, _ = said
        self.text = "".join(f"{line}\n" for line in said).encode()
        self.size, self.first, self.second = int(size), base64_read(first), base64_read(second)
        self.signatures = []
        for line in signed:
            dash, key, signature = line.split(" ")
            self.signatures.append((key, base64_read(signature)))
            if (
                dash != "\u2014"
                or self.origin not in (LEDGER_ORIGIN, KEY_ORIGIN)
                or size != str(self.size)
            ):
                raise ValueError("no statement as Optrail writes it")

    def signed_by(self, *keys: PublicKey) -> bool:
        return [key for key, _ in self.signatures] == [key.id for key in keys] and all(
            key.signed(self.text, signature) for key, (_, signature) in zip(keys, self.signatures)
        )


def notes_read(bundle: Archive) -> list[Note]:
    """Blocks of lines: what was signed, an empty line, the signatures, an empty line."""
    blocks: list[list[str]] = [[]]
    for line in bundle.lines("checkpoints.txt"):
        if line:
            blocks[-1].append(line.decode())
        else:
            blocks.append([])
    if blocks.pop() or len(blocks) % 2:
        refuse("checkpoints.txt ends within a statement.")
    return [Note(said, signed) for said, signed in zip(blocks[::2], blocks[1::2])]


class Keys:
    """Which key signs when: the manifest's last, and before it those that handed over to it."""

    def __init__(self, notes: Iterable[Note], last: PublicKey) -> None:
        self._spans: list[tuple[int, PublicKey]] = []  # up to this size, this key; newest first
        self.last = follower = last
        for note in reversed([note for note in notes if note.origin == KEY_ORIGIN]):
            key = key_read(note.first)
            if note.second != follower.raw or not note.signed_by(key, follower):
                refuse(f"The hand-over of keys after entry {note.size} is not signed by both keys.")
            self._spans.append((note.size, key))
            follower = key

    def at(self, size: int) -> PublicKey:
        """The key that signs what is said about so many entries."""
        return ([key for until, key in self._spans if size <= until] or [self.last])[-1]

    def ids(self) -> list[str]:
        return [self.last.id, *(key.id for _, key in self._spans)]


def signature_check(bundle: Archive, expected: str | None) -> tuple[dict[str, Any], PublicKey]:
    """The manifest as it was signed, and by whom: by `expected`, or a key it handed over to."""
    text = bundle.whole("manifest.json")
    manifest = json_read(text.decode().removesuffix("\n"))
    key = key_read(base64_read(manifest["key"]["public"]))
    if not key.signed(text, bundle.whole("manifest.sig", 64)):
        refuse("manifest.sig is not a signature over manifest.json by the key that it names.")
    if manifest["key"]["id"] != key.id:
        refuse("manifest.json names its key by the fingerprint of another one.")
    if expected not in (None, key.id) and expected not in Keys(notes_read(bundle), key).ids():
        refuse(f"It is signed by the key {key.id}, and not by the one that you expect, {expected}.")
    return manifest, key


# --- Digests: every file is the one that was signed, and there is no other ------------------------

FORMAT = "optrail/evidence/1"


def digests_check(bundle: Archive, manifest: dict[str, Any]) -> None:
    if manifest["format"] != FORMAT:
        refuse(f"It has the format {manifest['format']}, and this program knows {FORMAT}.")
    listed = {each["name"]: (each["bytes"], each["sha256"]) for each in manifest["files"]}
    if [each["name"] for each in manifest["files"]] != sorted(listed):
        refuse("manifest.json lists a file twice, or out of order.")
    for name in sorted(set(listed) ^ set(bundle.sizes) - {"manifest.json", "manifest.sig"}):
        refuse(f"{name} stands only in {'manifest.json' if name in listed else 'the zip file'}.")
    for name, said in listed.items():
        digest = hashlib.sha256()
        for chunk in bundle.chunks(name):
            digest.update(chunk)
        if said != (bundle.sizes[name], digest.hexdigest()):
            refuse(f"{name} is not the file that was signed.")


# --- Ledger: the campaign's entries stand where the chain of hashes has them ----------------------


class Tree:
    """A Merkle root (RFC 6962) over what is added, in memory for its height only."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, data: bytes) -> None:
        node, rest = hashlib.sha256(b"\0" + data).digest(), self.size
        while rest & 1:
            node, rest = node_hash(self._peaks.pop(), node), rest >> 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return hashlib.sha256().digest()
        *higher, root = self._peaks
        for peak in reversed(higher):
            root = node_hash(peak, root)
        return root


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def entry_hash(before: bytes, body: bytes) -> bytes:
    return hashlib.sha256(b"OPTRAIL/1\0" + before + len(body).to_bytes(8, "big") + body).digest()


class Batch(NamedTuple):
    """What an entry says about the rows that it stands for."""

    kind: str
    size: int
    root: str


LAUNCHED, JOINED, SEALED = "campaign.launched", "campaign.joined", "outcomes.sealed"
ERASING = "people.erased"
# Whatever changes the directory says of each campaign who left it with that, and who came back.
CHANGES = ("people.imported", "employee.address_corrected", ERASING)


class Loss(NamedTuple):
    """An entry that gives up history as lost, after a restored backup; the hash before it."""

    seq: int
    before: str
    at: str
    data: dict[str, Any]

    def signed_by(self, key: PublicKey) -> bool:
        """Whether the key signed it, line by line, for this place in the chain."""
        said, published = self.data, self.data["published"]
        lines = (
            ACCEPT_ORIGIN, said["standing"], said["head"], said["lost_from"], published["size"],
            published["head"], published["at"], said["committed"]["reason"], self.at,
        )  # fmt: skip
        text = "".join(f"{line}\n" for line in lines).encode()
        place = (said["standing"] + 1, said["head"], said["key"])
        return place == (self.seq, self.before, key.id) and key.signed(
            text, base64_read(said["signature"])
        )


class Ledger:
    """The chain up to the position, and what the campaign's entries in it say."""

    def __init__(self, bundle: Archive, manifest: dict[str, Any], desk: Desk) -> None:
        self._bundle, self._desk, self._campaign = bundle, desk, manifest["campaign"]
        self.batches: dict[int, Batch] = {}
        self.launch: dict[str, Any] = {}
        self.shown = 0  # entries whose text is here
        self.losses: list[Loss] = []
        self.tree, self.last = Tree(), bytes(32)
        self.at: dict[int, tuple[bytes, bytes]] = {}  # size → root and last hash

    def walk(self, sizes: set[int]) -> None:
        """Follow the chain; remember how it stood after so many entries."""
        entries = self._entries()
        seq, body = next(entries, (0, b""))
        for line in self._bundle.lines("ledger/hashes.txt"):
            hash_ = hex_read(line)
            self.tree.add(hash_)
            if self.tree.size == seq:
                if entry_hash(self.last, body) != hash_:
                    refuse(f"The text of entry {seq} is not the one that the chain holds there.")
                self._understand(seq, json_read(body.decode()), hash_.hex())
                seq, body = next(entries, (0, b""))
            self.last = hash_
            if self.tree.size in sizes:
                self.at[self.tree.size] = self.tree.root(), hash_
        if seq:
            refuse(
                f"Entry {seq} is shown, but the chain ends at {self.tree.size} or goes round it."
            )

    def _entries(self) -> Iterator[tuple[int, bytes]]:
        for line in self._bundle.lines("ledger/events.jsonl"):
            entry = json_read(line.decode())
            self.shown += 1
            yield entry["seq"], entry["body"].encode()

    def _understand(self, seq: int, entry: dict[str, Any], hash_: str) -> None:
        kind, subject, data = entry["kind"], entry["subject"], entry["data"]
        if kind == ACCEPTED:
            self.losses.append(Loss(seq, self.last.hex(), entry["at"], data))
        elif kind == "attestation.recorded" and data["campaign"] == self._campaign:
            said = (data[name] for name in ("number", "answer", "wording", "language", "assurance"))
            assignment = subject.partition(":")[2]
            self._desk.add("answered", (assignment, seq, entry["at"], hash_, *said))
        elif kind == LAUNCHED and subject == self._campaign:
            self.launch = data
            self.batches[seq] = Batch(kind, data["in_scope"], data["population"])
        elif kind == JOINED and subject == self._campaign:
            self.batches[seq] = Batch(kind, data["joined"], data["joined_population"])
        elif kind == SEALED:
            self.batches[seq] = Batch(kind, data["planned"] + data["outcomes"], data["root"])
        elif kind in CHANGES:
            self._changed(seq, kind, data)

    def _changed(self, seq: int, kind: str, data: dict[str, Any]) -> None:
        if kind == ERASING and (people := data["campaigns"].get(self._campaign, 0)):
            self._desk.add("erasure", (seq, people, data["first"], data["last"]))
        if said := data.get("withdrawn", {}).get(self._campaign):
            self.batches[seq] = Batch(kind, said["left"] + said["back"], said["root"])
            self._desk.add("change", (seq, said["left"], said["back"]))


def ledger_check(
    bundle: Archive, manifest: dict[str, Any], ledger: Ledger, sizes: set[int]
) -> None:
    ledger.walk(sizes)
    said = {
        "origin": LEDGER_ORIGIN,
        "root": base64_text(ledger.tree.root()),
        "size": ledger.tree.size,
    }
    if manifest["ledger"] != said:
        refuse(f"The {ledger.tree.size} hashes do not have the root that manifest.json names.")
    position = manifest["position"]
    if (position["seq"], position["hash"]) != (ledger.tree.size, ledger.last.hex()):
        refuse("The last hash is not that of the position in manifest.json.")
    guide = hashlib.sha256(bundle.whole("guide/guide.json")).hexdigest()
    if ledger.launch.get("guide_digest") != guide:
        refuse("guide/guide.json is not the wording that the campaign's launch names.")


# --- Checkpoints: what was signed earlier is the beginning of this chain --------------------------


def checkpoints_check(notes: Sequence[Note], key: PublicKey, ledger: Ledger) -> int:
    """Every signed statement holds for the hashes; returns how many there are."""
    keys, statements = Keys(notes, key), [note for note in notes if note.origin == LEDGER_ORIGIN]
    if [note.size for note in statements] != sorted({note.size for note in statements}):
        refuse("checkpoints.txt has a checkpoint twice, or out of order.")
    for note in statements:
        if not note.signed_by(keys.at(note.size)):
            refuse(f"The checkpoint at {note.size} is not signed by the ledger's key.")
        if (note.first, note.second) != ledger.at.get(note.size):
            refuse(f"The checkpoint at {note.size} signed other entries than these.")
    for loss in ledger.losses:
        if not loss.signed_by(keys.at(loss.seq)):
            refuse(f"Entry {loss.seq} gives up history, and the ledger's key did not sign that.")
    return len(statements)


# --- Batches: the rows that one entry stands for --------------------------------------------------


def batches_check(bundle: Archive, ledger: Ledger, desk: Desk) -> int:
    """Every batched entry's rows have its root; returns how many rows are shown."""
    missing, shown = dict(ledger.batches), 0
    leaves = (json_read(line.decode()) for line in bundle.lines("ledger/leaves.jsonl"))
    for seq, group in itertools.groupby(leaves, key=lambda leaf: leaf["seq"]):
        tree, batch = Tree(), missing.pop(seq, None)
        if batch is None:
            refuse(f"{bundle.place} is out of order, or for an entry that stands for no rows.")
        for leaf in group:
            tree.add(leaf_hash(leaf))
            if "row" in leaf:
                shown += 1
                leaf_keep(seq, batch, json_read(leaf["row"]), desk)
        if (tree.size, tree.root().hex()) != (batch.size, batch.root):
            refuse(f"The rows of entry {seq} ({batch.kind}) are not those that it stands for.")
    for seq in (seq for seq, batch in missing.items() if batch.size):
        refuse(f"The rows of entry {seq} ({missing[seq].kind}) are missing.")
    return shown


def leaf_hash(leaf: dict[str, Any]) -> bytes:
    if "row" not in leaf:
        return hex_read(leaf["hash"])
    if "salt" in leaf:
        return hmac.digest(hex_read(leaf["salt"], 16), leaf["row"].encode(), "sha256")
    return hashlib.sha256(leaf["row"].encode()).digest()


def leaf_keep(seq: int, batch: Batch, row: list[Any], desk: Desk) -> None:
    """Lay a row down, to be compared with what the sheets show."""
    if batch.kind == SEALED and len(row) == 4:
        message, assignment, _, at = row
        desk.add("planned", (message, assignment, at))
    elif batch.kind == SEALED:
        number, message, try_, state, code, answer, at = row
        desk.add("outcome", (message, number, try_, state, code, answer, at))
    elif batch.kind in CHANGES:
        assignment, reason = row
        desk.add("withdrawal", (assignment, seq, reason))
    else:
        assignment, _, number, manager, language, exclusion, email, first, last, *where = row
        frozen = digest_of((last, first, email, number, *where[:4], manager, language))
        joined = seq if batch.kind == JOINED else None
        desk.add("leaf", (assignment, joined, exclusion, frozen))


# --- Consistency: the ledger of earlier bundles is the beginning of this one's --------------------


class Proof(NamedTuple):
    """So many entries with this root are the beginning of `to` entries."""

    size: int
    root: bytes
    to: int
    path: list[bytes]


def proofs_read(bundle: Archive) -> list[Proof]:
    found = json_read(bundle.whole("consistency.json").decode().removesuffix("\n"))
    if type(found) is not list:
        refuse("consistency.json is no list.")
    return [
        Proof(
            each["from"],
            base64_read(each["root"]),
            each["to"],
            list(map(base64_read, each["proof"])),
        )
        for each in found
    ]


def proof_holds(proof: Proof, root: bytes) -> bool:
    """RFC 9162, section 2.1.4.2."""
    if not 0 < proof.size < proof.to:
        return proof.size == proof.to and not proof.path and proof.root == root
    path = [*([] if proof.size & (proof.size - 1) else [proof.root]), *proof.path]
    here, there = proof.size - 1, proof.to - 1
    while here & 1:
        here, there = here >> 1, there >> 1
    old = new = path[0]
    for node in path[1:]:
        if here & 1 or here == there:
            old, new = node_hash(node, old), node_hash(node, new)
            while here and not here & 1:
                here, there = here >> 1, there >> 1
        else:
            new = node_hash(new, node)
        here, there = here >> 1, there >> 1
    return (old, new, there) == (proof.root, root, 0)


def consistency_check(proofs: Sequence[Proof], earlier: Proof | None, ledger: Ledger) -> None:
    """Each proof holds, and so do the hashes; so does the earlier bundle that you have."""
    for proof in proofs:
        if proof.to != ledger.tree.size or not proof_holds(proof, ledger.tree.root()):
            refuse(f"The proof from {proof.size} entries to {proof.to} does not hold.")
    for proof in [*proofs, *([earlier] if earlier else [])]:
        root, _ = ledger.at.get(proof.size, (b"", b""))
        if root != proof.root:
            refuse(f"An earlier ledger of {proof.size} entries is not the beginning of this one.")


# --- Workbook: every cell says what its line in rows/ says ----------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# Nothing that computes, hides or leads elsewhere belongs beside the cells.
UNWANTED = {"f", "row", "c", "extLst", "oleObjects", "controls", "hyperlinks", "dataValidations"}
ROW_START = re.compile(r'<row r="([0-9]+)"(?: ht="[0-9.]+" customHeight="1")?')
CELL_START = re.compile(r'<c r="([A-Z]+)[0-9]+" s="([0-9]+)"( t="inlineStr")?>')
INTEGER = re.compile("-?(0|[1-9][0-9]{0,17})", re.ASCII)
FACTS = ("section", "label", "value", "note")
# Where a line may hold more than plain texts and numbers; such lines are looked at value by value.
UNUSUAL = b"\\ & < > _x :true :false :[ :{ \xef\xbf\xbe \xef\xbf\xbf".split()
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
NOTHING: tuple[Values, bool] = ((), True)


class Elements:
    """The elements of a piece of XML, their depth and attributes; one with a DTD is not read."""

    def __init__(self, name: str, xml: bytes) -> None:
        self.name, self.depth = name, 0
        self.found: list[tuple[int, str, dict[str, str]]] = []
        parser = expat.ParserCreate("UTF-8")
        parser.StartDoctypeDeclHandler = lambda *_: self.refuse("has a DTD")
        parser.StartElementHandler, parser.EndElementHandler = self.begun, self.ended
        parser.CharacterDataHandler = self.text
        if not xml.startswith(b"<"):
            self.refuse("is not XML in UTF-8")
        try:
            parser.Parse(xml, True)
        except expat.ExpatError as error:
            self.refuse(f"cannot be read: {error}")

    def refuse(self, what: str) -> NoReturn:
        refuse(f"{self.name} in audit.xlsx {what}.")

    def begun(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.found.append((self.depth, name, attributes))

    def ended(self, _name: str) -> None:
        self.depth -= 1

    def text(self, text: str) -> None:
        """Between elements; nothing of a small file's is used."""

    def named(self, name: str) -> list[dict[str, str]]:
        return [attributes for _, found, attributes in self.found if found == name]


class RowCells(Elements):
    """The cells of one row: {"A7": text or whole number}, without the blanks."""

    # Where each element of a row belongs.
    PLACES = ((1, "x"), (2, "row"), (3, "c"), (4, "is"), (5, "t"), (4, "v"))

    def __init__(self, name: str, row: str) -> None:
        self.cells: Cells = {}
        self._texts: list[str] = []
        super().__init__(name, f"<x>{row}</row></x>".encode())
        self.lines = [int(each["r"]) for each in self.named("row")]
        if any("hidden" in each for each in self.named("row")):
            self.refuse(f"has a hidden row {self.lines[-1]}")

    def begun(self, name: str, attributes: dict[str, str]) -> None:
        super().begun(name, attributes)
        self._texts.clear()
        if (self.depth, name) not in self.PLACES:
            self.refuse(f"holds <{name}> in a row, which does not belong there")

    def text(self, text: str) -> None:
        self._texts.append(text)

    def ended(self, name: str) -> None:
        super().ended(name)
        if name in ("t", "v"):
            self._cell(self.named("c")[-1], "".join(self._texts), name)
        elif self._texts:
            self.refuse(f"has text outside of a cell in row {self.named('row')[-1].get('r')}")
        self._texts.clear()

    def _cell(self, attributes: dict[str, str], text: str, holder: str) -> None:
        at, kind = attributes["r"], attributes.get("t", "n")
        if at in self.cells or (kind, holder) not in (("inlineStr", "t"), ("n", "v")):
            self.refuse(f"has a cell {at} twice, or one that is neither a text nor a number")
        if kind == "n" and not INTEGER.fullmatch(text):
            self.refuse(f"has a cell {at} that is no whole number")
        self.cells[at] = int(text) if kind == "n" else text or None


class Worksheet:
    """A sheet of the workbook, row by row."""

    def __init__(self, archive: Archive, name: str) -> None:
        self.name, self._archive = name, archive
        self._looks: dict[tuple[str, bool], str] = {}  # column and kind → the style of its cells

    def rows(self) -> Iterator[str]:
        """The XML of each row, but for its end. What stands around them holds no other cell."""
        head, rest = b"", b""
        for chunk in self._archive.chunks(self.name):
            rest += chunk
            if not head and b"<sheetData>" in rest:
                head, rest = rest.split(b"<sheetData>", 1)
            if head:
                *rows, rest = rest.split(b"</row>")
                yield from (row.decode() for row in rows)
            if len(rest) > LONGEST_LINE:
                refuse(f"{self.name} in audit.xlsx has a row that is far too long.")
        if not rest.startswith(b"</sheetData>"):
            refuse(f"{self.name} in audit.xlsx ends within its rows.")
        self._look_around(Elements(self.name, head + b"<sheetData>" + rest))

    def _look_around(self, xml: Elements) -> None:
        roots = [(name, each.get("xmlns")) for depth, name, each in xml.found if depth == 1]
        holders = [depth for depth, name, _ in xml.found if name == "sheetData"]
        if roots != [("worksheet", MAIN)] or holders != [2]:
            xml.refuse("is no worksheet as Optrail writes it")
        for _, name, attributes in xml.found:
            if name in UNWANTED or (name == "col" and "hidden" in attributes):
                xml.refuse(f"holds <{name}>, which does not belong there or hides something")

    def says(self, row: str, line: int, values: Values, letters: Sequence[str]) -> bool:
        """Whether a row is, letter for letter, the one that Optrail writes for plain values."""
        start, _, cells = row.partition(">")
        begun = ROW_START.fullmatch(start)
        looks = self._looks
        try:
            written = [
                f'<c r="{letter}{line}{looks[letter, True]}{value}</t></is></c>'
                if type(value) is str
                else f'<c r="{letter}{line}{looks[letter, False]}{value}</v></c>'
                for letter, value in zip(letters, values)
                if value or type(value) is int
            ]
        except KeyError:
            written = []
        return begun is not None and begun[1] == str(line) and "".join(written) == cells

    def compare(self, row: str, line: int, values: Values, letters: Sequence[str]) -> None:
        """Cell by cell, however it is written. Raises Refused for the first that differs."""
        read = RowCells(self.name, row)
        if read.lines[-1] != line:
            read.refuse(f"has row {read.lines[-1]} where row {line} belongs")
        for letter, value in itertools.zip_longest(letters, values):
            cell = read.cells.pop(f"{letter}{line}", None)
            if not cell_says(cell, value):
                read.refuse(f"says {cell!r} in {letter}{line}, where rows/ has {value!r}")
        for at, cell in read.cells.items():
            read.refuse(f"says {cell!r} in {at}, where rows/ has nothing")
        for letter, style, text in CELL_START.findall(row):
            self._looks[letter, bool(text)] = f'" s="{style}"{text}>' + (
                "<is><t>" if text else "<v>"
            )


def worksheets(archive: Archive, names: Iterable[str]) -> dict[str, list[str]]:
    """Name of rows → the worksheets that show them: “Name”, “Name 2” and so on."""
    found: dict[str, list[str]] = {name: [] for name in names}
    parts = ("xl/_rels/workbook.xml.rels", "xl/workbook.xml")
    relations, book = (Elements(part, archive.whole(part, MIB)) for part in parts)
    targets = {each["Id"]: each["Target"].lstrip("/") for each in relations.named("Relationship")}
    for sheet in book.named("sheet"):
        name, target = sheet_name(sheet["name"], found), targets[sheet["r:id"]]
        if name is None or sheet.get("state", "visible") != "visible":
            refuse(f"The sheet {sheet['name']} of audit.xlsx is hidden, or has no file in rows/.")
        found[name].append(target if target.startswith("xl/") else f"xl/{target}")
    for name in (name for name, parts in found.items() if not parts):
        refuse(f"rows/{name}.jsonl is shown on no sheet of audit.xlsx.")
    return found


def sheet_name(title: str, found: dict[str, list[str]]) -> str | None:
    for start, part in ((title, "1"), title.rsplit(" ", 1) if " " in title else ("", "")):
        name = start.lower().replace(" ", "_")
        if name in found and part == str(len(found[name]) + 1):
            return name
    return None


class Rows:
    """One file of rows/: the values of each line, under the titles that all lines share."""

    def __init__(self, bundle: Archive, name: str) -> None:
        self._bundle, self.count = bundle, 0
        self._lines = bundle.lines(f"rows/{name}.jsonl")
        self._first = list(itertools.islice(self._lines, 1))
        self.titles = tuple(key for line in self._first for key, _ in json_pairs(line.decode()))

    def __iter__(self) -> Iterator[tuple[Values, bool]]:
        """The values of each row, and whether any of them may be out of the ordinary."""
        for line in itertools.chain(self._first, self._lines):
            titles, values = zip(*json_pairs(line.decode()))
            if titles != self.titles:
                refuse(f"{self._bundle.place} has other columns than the line before it.")
            self.count += 1
            yield values, any(mark in line for mark in UNUSUAL)


def table_compared(rows: Rows, sheets: Iterable[Worksheet]) -> Iterator[Values]:
    """Each row, once its cells were found to say the same."""
    letters, coming = column_names(len(rows.titles)), iter(rows)
    for sheet in sheets:
        for line, row in enumerate(sheet.rows(), 1):
            if line > 1:
                values, unusual = next(coming, NOTHING)
                if unusual or not sheet.says(row, line, values, letters):
                    sheet.compare(row, line, values, letters)
                yield values
            elif rows.titles:
                sheet.compare(row, 1, rows.titles, letters)
    for values, _ in coming:
        refuse(f"{values[:3]} in rows/ stands in no row of its sheet.")


def column_names(count: int) -> list[str]:
    letters = [chr(code) for code in range(65, 91)]
    return [*letters, *(one + two for one in letters for two in letters)][:count]


def cell_says(cell: Any, value: Any) -> bool:
    """Whether a cell shows this value (docs/workbook.md, Cells)."""
    if type(value) is str:
        text = UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
        if type(cell) is int:
            return str(date(1899, 12, 30) + timedelta(cell)) == value
        return bool(cell == (ESCAPE.sub("_x005F_", text) or None))
    if type(value) is int and abs(value) >= 2**53:
        return bool(cell == str(value))
    known = type(value) in {int, type(None)} and type(cell) is type(value)
    return known and bool(cell == value)


def facts_compared(rows: Rows, sheet: Worksheet) -> Iterator[Values]:
    """Each fact of a page: below title and lead, under an empty row and its section's title."""
    shown, last, line = itertools.islice(sheet.rows(), 2, None), None, 2
    for (section, *fact), _ in rows:
        expected = [[], [section], fact] if section != last else [fact]
        last = section
        for values in expected:
            line += 1
            sheet.compare(next(shown, "<row>"), line, tuple(values), "ABC"[: len(values)])
        yield (section, *fact)
    for row in shown:
        refuse(f"{sheet.name} in audit.xlsx has a row {row[:40]} that is not in rows/.")


def workbook_check(bundle: Archive, desk: Desk) -> dict[str, int]:
    """Every sheet says what its file says, cell by cell; returns how many rows each has."""
    counts = {}
    with tempfile.TemporaryFile() as copy:
        for chunk in bundle.chunks("audit.xlsx"):
            copy.write(chunk)
        archive = Archive(copy, WORKBOOK_FILES, WORKBOOK)
        names = [file[5:-6] for file in bundle.sizes if file.startswith("rows/")]
        for name, places in worksheets(archive, names).items():
            rows, sheets = Rows(bundle, name), [Worksheet(archive, place) for place in places]
            if rows.titles == FACTS and len(sheets) == 1:
                desk.keep(name, rows.titles, facts_compared(rows, sheets[0]))
            else:
                desk.keep(name, rows.titles, table_compared(rows, sheets))
            counts[f"rows/{name}.jsonl"] = rows.count
    return counts


# --- Totals: the sheets agree with each other, with the entries and with the batches --------------

# Sheet → table, and its columns in the order of the table's own. "who" and "frozen" stand for the
# digest of what names the person, and of all that was frozen about them.
SHEETS = {
    "population": (
        "person",
        "Assignment, Status, Reason, Gone with, Answer, Answered at, Corrections, Ledger no.,"
        " Joined later, Mails accepted, Last asked, Mails undelivered",
    ),
    "attestations": (
        "attestation",
        "Assignment, Ledger no., Recorded at, Event hash, No., Answer, Wording digest, Language,"
        " Link assurance, Stands",
    ),
    "messages": (
        "message",
        "Assignment, Message, Planned at, State, State since, Tries, Server code,"
        " Server answer or reason",
    ),
    "exclusions": ("exclusion", "Assignment, Reason"),
    "exceptions": ("other", "Assignment"),
    "movements": ("other", "Assignment"),
    "samples": ("other", "Assignment"),
}
OPTIONAL = "Server answer or reason"  # left out of an edition without names
WHO = ("Last name", "First name")
FROZEN = (
    *WHO, "Address", "Employee no.", "Department", "Country", "Office", "Employment type",
    "Manager", "Language",
)  # fmt: skip
ERASED = "erased person "
TABLES = {
    "person": "assignment, status, reason, gone, answer, at, corrections, seq, joined, mails,"
    " asked, failed, who, frozen, erased, erasure_no",
    "attestation": "assignment, seq, at, hash, number, answer, wording, language, assurance,"
    " stands, who",
    "message": "assignment, message, planned, state, since, tries, code, answer, who",
    "exclusion": "assignment, reason, who",
    "other": "assignment, who",
    "answered": "assignment, seq, at, hash, number, answer, wording, language, assurance",
    "leaf": "assignment, joined, exclusion, frozen",
    "change": "seq, went, came",
    "withdrawal": "assignment, seq, reason",
    "erasure": "seq, people, first, last",
    "planned": "message, assignment, at",
    "outcome": "message, number, try, state, code, answer, at",
}
INDEXES = (
    "person (assignment)", "attestation (assignment, number)", "attestation (seq)",
    "message (message)", "message (assignment)", "answered (seq)", "leaf (assignment)",
    "planned (message)", "outcome (message, number)", "exclusion (assignment)",
    "withdrawal (assignment, seq)", "erasure (seq)", "person (gone)",
)  # fmt: skip
# Each question finds what may not be: {} is the first that it found. :whole is 0 where filters left
# rows out, :named is 0 in an edition without names (its rows are not shown, their leaves are).
QUESTIONS = {
    "Population shows {} twice": """
        SELECT assignment FROM person GROUP BY 1 HAVING count(*) > 1""",
    "Population shows {} otherwise than the launch froze it": """
        SELECT assignment FROM person p LEFT JOIN leaf l USING (assignment)
        WHERE (l.assignment IS NOT NULL OR :named AND NOT p.erased)
        AND ((p.frozen, p.joined) IS NOT (l.frozen, l.joined) OR
             CASE p.status WHEN 'excluded' THEN p.reason END IS NOT l.exclusion)""",
    "Population leaves out {}": """
        SELECT assignment FROM leaf LEFT JOIN person p USING (assignment)
        WHERE p.assignment IS NULL AND :whole""",
    "Attestations has the ledger no. {} twice": """
        SELECT seq FROM attestation GROUP BY 1 HAVING count(*) > 1""",
    "Attestations says of ledger no. {} what that entry does not say": """
        SELECT a.seq FROM attestation a LEFT JOIN answered e USING (seq)
        WHERE (a.assignment, a.at, a.hash, a.number, a.answer, a.wording, a.language, a.assurance)
        IS NOT (e.assignment, e.at, e.hash, e.number, e.answer, e.wording, e.language,
                e.assurance)""",
    "Attestations leaves out the answer of ledger no. {}": """
        SELECT seq FROM answered LEFT JOIN attestation a USING (seq)
        WHERE a.seq IS NULL AND :whole""",
    "Attestations numbers the answers of {} wrongly, or lets another than the last one stand": """
        SELECT assignment FROM attestation GROUP BY 1
        HAVING min(number) <> 1 OR max(number) <> count(*) OR count(DISTINCT number) <> count(*)
        OR sum(stands = 'yes') <> 1 OR sum(stands IN ('yes', 'no')) <> count(*)
        OR max((stands = 'yes') * number) <> max(number)""",
    "Population does not show the answer of {} that stands": """
        SELECT p.assignment FROM person p
        LEFT JOIN attestation a ON a.assignment = p.assignment AND a.stands = 'yes'
        WHERE (p.seq, p.answer, p.at, p.corrections)
        IS NOT (a.seq, a.answer, a.at, a.number - 1)""",
    "Population gives {} a status that the answer does not give": """
        SELECT assignment FROM person
        WHERE status NOT IN ('answered', 'open', 'excluded', 'left', 'erased')
        OR (status IN ('excluded', 'left')) IS NOT (reason IS NOT NULL)
        OR status IN ('answered', 'open', 'left')
        AND (status = 'answered') IS NOT (ifnull(answer, 'need_help') <> 'need_help')""",
    "Entry {} says that another number of people left, or came back, than its rows show": """
        SELECT c.seq FROM change c LEFT JOIN (SELECT seq, count(reason) AS went, count(*) AS all_
            FROM withdrawal GROUP BY 1) w USING (seq)
        WHERE :whole AND (c.went, c.came) IS NOT (ifnull(w.went, 0), ifnull(w.all_ - w.went, 0))""",
    "Population says of {} whether, why or with which entry they left, and no entry says so": """
        SELECT p.assignment FROM person p LEFT JOIN (
            SELECT assignment, max(seq) AS seq, reason FROM withdrawal GROUP BY 1
        ) w USING (assignment)
        WHERE p.status IN ('open', 'left') AND (p.status = 'left', p.reason, p.gone)
        IS NOT (w.reason IS NOT NULL, w.reason, CASE WHEN w.reason IS NOT NULL THEN w.seq END)""",
    "Population gives {} an entry to be gone with, who is not gone": """
        SELECT assignment FROM person
        WHERE (gone IS NOT NULL) IS NOT (status IN ('left', 'erased'))""",
    "Population shows other people than entry {} says as erased with it": """
        SELECT gone FROM person LEFT JOIN erasure e ON e.seq = gone WHERE status = 'erased'
        GROUP BY 1 HAVING count(*) > ifnull(max(people), 0)
        UNION ALL SELECT seq FROM erasure e WHERE :whole AND people IS NOT
        (SELECT count(*) FROM person WHERE status = 'erased' AND gone = e.seq)""",
    "Population gives {} a number that their erasure did not": """
        SELECT assignment FROM person p LEFT JOIN erasure e ON e.seq = p.gone
        WHERE :named AND p.status = 'erased'
        AND (p.erasure_no BETWEEN e.first AND e.last) IS NOT 1""",
    "Population gives the number of {} to somebody else, too": """
        SELECT assignment FROM person WHERE erasure_no IS NOT NULL
        GROUP BY erasure_no HAVING count(*) > 1""",
    "Messages shows {} twice": """
        SELECT message FROM message GROUP BY 1 HAVING count(*) > 1""",
    "Messages shows {}, which no batch planned so": """
        SELECT m.message FROM message m LEFT JOIN planned l USING (message)
        WHERE (m.assignment, m.planned) IS NOT (l.assignment, l.at)""",
    "Messages leaves out {}, which was planned": """
        SELECT message FROM planned LEFT JOIN message m USING (message)
        WHERE m.message IS NULL AND :whole""",
    "Messages shows another outcome of {} than the last that was sealed": """
        SELECT m.message FROM message m JOIN person p USING (assignment)
        LEFT JOIN (SELECT message, max(number), state, code, answer, at FROM outcome GROUP BY 1) o
        USING (message)
        LEFT JOIN (SELECT message, max(try) AS tries FROM outcome GROUP BY 1) t USING (message)
        WHERE :named AND NOT p.erased AND
        (m.state, m.since, m.tries, m.code, m.answer) IS NOT (ifnull(o.state, 'pending'),
        ifnull(o.at, m.planned), ifnull(t.tries, 0), nullif(o.code, 0), o.answer)""",
    "Population does not count the mails to {} as Messages does": """
        SELECT p.assignment FROM person p LEFT JOIN (
            SELECT assignment, sum(state = 'accepted') AS mails,
            max(CASE state WHEN 'accepted' THEN since END) AS asked,
            sum(state IN ('rejected', 'bounced')) AS failed FROM message GROUP BY 1
        ) m USING (assignment)
        WHERE (p.mails, p.asked, p.failed) IS NOT (ifnull(m.mails, 0), m.asked, ifnull(m.failed, 0))
        """,
    "Exclusions shows {} twice": """
        SELECT assignment FROM exclusion GROUP BY 1 HAVING count(*) > 1""",
    "Exclusions and Population differ about {}": """
        SELECT assignment FROM exclusion x LEFT JOIN person p USING (assignment)
        WHERE (p.status, p.reason) IS NOT ('excluded', x.reason) AND p.status IS NOT 'erased'
        UNION ALL SELECT assignment FROM person p LEFT JOIN exclusion x USING (assignment)
        WHERE p.status = 'excluded' AND x.assignment IS NULL""",
    **{
        f"{title} shows {{}} under another name than Population, or who is not there": f"""
        SELECT assignment FROM {table} t LEFT JOIN person p USING (assignment)
        WHERE p.assignment IS NULL OR t.who IS NOT p.who"""
        for title, table in {
            "Attestations": "attestation", "Messages": "message", "Exclusions": "exclusion",
            "Exceptions, Movements or Samples": "other",
        }.items()
    },
}  # fmt: skip


class Desk:
    """Where rows are laid side by side: a temporary database that goes when the check ends."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16384"):
            self._db.execute(f"PRAGMA {pragma}")
        for name, columns in TABLES.items():
            self._db.execute(f"CREATE TABLE {name} ({columns})")
        self._waiting: dict[str, list[Values]] = {name: [] for name in TABLES}
        self.facts: dict[tuple[str, str], Any] = {}  # of Summary: section and label → value

    def add(self, table: str, row: Iterable[Any]) -> None:
        """Lay one row down. Raises TypeError for what is neither text, number nor nothing."""
        waiting = self._waiting[table]
        waiting.append(tuple(map(spelled, row)))
        if len(waiting) >= 5_000:
            self._flush(table)

    def _flush(self, table: str) -> None:
        places = ", ".join("?" for _ in TABLES[table].split(","))
        self._db.execute("BEGIN")
        self._db.executemany(f"INSERT INTO {table} VALUES ({places})", self._waiting[table])
        self._db.execute("COMMIT")
        self._waiting[table].clear()

    def keep(self, name: str, titles: Sequence[str], rows: Iterable[Values]) -> None:
        """Let the rows of a sheet go by, and lay down what is to be compared."""
        table, listed = SHEETS.get(name, ("", ""))
        if not table or not titles:
            for section, label, value, *_ in rows:
                if name == "summary":
                    self.facts[section, label] = value
            return
        places = {title: place for place, title in enumerate(titles)}
        columns = [places.get(title) for title in listed.split(", ")]
        if None in columns and listed.split(", ")[columns.index(None)] != OPTIONAL:
            refuse(f"{name} has not the columns {listed}.")
        who, frozen = (
            [places[each] for each in titles_ if each in places] for titles_ in (WHO, FROZEN)
        )
        manager = places.get("Manager")
        for row in rows:
            kept = [None if place is None else row[place] for place in columns]
            kept.append(digest_of([row[place] for place in who]))
            if table == "person":
                erased = [row[place] for place in (*who[:1], *([manager] if manager else []))]
                kept.append(digest_of([row[place] for place in frozen]))
                kept.append(int(any(str(name).startswith(ERASED) for name in erased)))
                kept.append(erasure_number(erased))
            self.add(table, kept)

    def ask(self, question: str, **values: object) -> Any:
        """The first row of the answer, or None."""
        return self._db.execute(question, values).fetchone()

    def ready(self) -> None:
        """Everything lies there."""
        for table in TABLES:
            self._flush(table)
        for place in INDEXES:
            self._db.execute(f'CREATE INDEX "{place}" ON {place}')


def erasure_number(names: Sequence[Any]) -> int | None:
    """The number of an erased person, out of their name; None for anybody else."""
    digits = str(names[0])[len(ERASED) :] if names else ""
    called = f"{ERASED}{digits}" in names[:1] and INTEGER.fullmatch(digits)
    return int(digits) if called else None


def spelled(value: Any) -> str | int | bytes | None:
    if type(value) is str:
        if value.isascii():
            return value or None
        return unicodedata.normalize("NFC", value).encode("utf-8", "backslashreplace").decode()
    if type(value) is int:
        return value if abs(value) < 2**63 else str(value)
    if value is None or type(value) is bytes:
        return value
    raise TypeError(f"{type(value).__name__} is no value")


def digest_of(values: Iterable[Any]) -> bytes:
    """The digest of what is said about somebody: no name is laid down."""
    text = "\0".join("" if value is None else str(value) for value in values)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def totals_check(
    manifest: dict[str, Any], ledger: Ledger, rows: dict[str, int], desk: Desk
) -> dict[str, Any]:
    """Everything that is said twice is the same twice, and the totals are those of the rows."""
    desk.ready()
    options = manifest["options"]
    whole, named = not options.get("filters"), options.get("edition") != "pseudonymous"
    for words, question in QUESTIONS.items():
        if found := desk.ask(question, whole=whole, named=named):
            refuse(words.format(found[0]) + ".")
    totals = {"in_scope": desk.ask("SELECT count(*) FROM person")[0]}
    for status in ("answered", "open", "erased"):
        totals[status] = desk.ask("SELECT count(*) FROM person WHERE status = :it", it=status)[0]
    for status in ("excluded", "left"):
        found = desk.ask(
            """SELECT json_group_object(reason, people) FROM (SELECT reason, count(*) AS people
            FROM person WHERE status = :it GROUP BY 1)""", it=status,
        )  # fmt: skip
        totals[status] = json.loads(found[0])
    if manifest["rows"] != rows:
        refuse(f"rows/ has {rows}, where manifest.json says {manifest['rows']}.")
    if manifest["totals"] != totals:
        refuse(f"Population has {totals}, where manifest.json says {manifest['totals']}.")
    for label in ("In scope", "Answered", "Open"):
        said, counted = (
            desk.facts.get(("Who was asked", label)),
            totals[label.lower().replace(" ", "_")],
        )
        if said != counted:
            refuse(f"Summary says {label}: {said}, where Population has {counted}.")
    asked = (each.size for each in ledger.batches.values() if each.kind in (LAUNCHED, JOINED))
    people = sum(asked)
    if whole and people != totals["in_scope"]:
        refuse(f"Population has {totals['in_scope']} people, and {people} were in scope.")
    return totals


# --- All together ---------------------------------------------------------------------------------


def check(
    file: IO[bytes], previous: IO[bytes] | None = None, key: str | None = None
) -> dict[str, Any]:
    """What was verified. Raises Refused at the first thing that does not hold."""
    earlier, desk = None, Desk()
    if previous:
        earlier, key = earlier_ledger(previous, key)
    with taking(ZIP):
        bundle = Archive(file, FILES, ZIP)
    with taking(SIGNATURE, bundle):
        manifest, signer = signature_check(bundle, key)
    with taking(DIGESTS, bundle):
        digests_check(bundle, manifest)
    with taking(CHECKPOINTS, bundle):
        notes = notes_read(bundle)
    with taking(CONSISTENCY, bundle):
        proofs = proofs_read(bundle)
    with taking(LEDGER, bundle):
        ledger = Ledger(bundle, manifest, desk)
        sizes = {note.size for note in notes} | {proof.size for proof in proofs}
        sizes |= {earlier.size} if earlier else set()
        ledger_check(bundle, manifest, ledger, sizes)
    with taking(CHECKPOINTS, bundle):
        checkpoints = checkpoints_check(notes, signer, ledger)
    with taking(BATCHES, bundle):
        leaves = batches_check(bundle, ledger, desk)
    with taking(CONSISTENCY, bundle):
        consistency_check(proofs, earlier, ledger)
    with taking(WORKBOOK, bundle):
        rows = workbook_check(bundle, desk)
    with taking(TOTALS, bundle):
        totals = totals_check(manifest, ledger, rows, desk)
    return {
        "campaign": manifest["campaign"], "position": manifest["position"],
        "options": manifest["options"], "key": signer.id, "key_expected": key is not None,
        "files": len(manifest["files"]), "entries": ledger.tree.size,
        "entries_shown": ledger.shown, "checkpoints": checkpoints, "leaves_shown": leaves,
        "losses": len(ledger.losses), "proofs": len(proofs),
        "previous": earlier.size if earlier else None, "rows": sum(rows.values()), "totals": totals,
    }  # fmt: skip


def earlier_ledger(file: IO[bytes], key: str | None) -> tuple[Proof, str]:
    """The ledger of a bundle that you kept, and the key that signed it (or the one you named)."""
    try:
        with taking(CONSISTENCY):
            bundle = Archive(file, FILES, CONSISTENCY)
            manifest, signer = signature_check(bundle, None)
            ledger = manifest["ledger"]
            return Proof(int(ledger["size"]), base64_read(ledger["root"]), 0, []), key or signer.id
    except Refused as refused:
        refuse(f"The earlier bundle itself does not hold: {refused}", CONSISTENCY)


def fingerprint_read(text: str) -> str:
    """`--key`: a fingerprint (64 hexadecimal digits), or a file with one or with a public key."""
    if os.path.isfile(text):
        with open(text, encoding="ascii") as file:
            text = file.read(4096)
    text = re.sub(r"-----[A-Z ]+-----|\s", "", text)
    if re.fullmatch("[0-9a-fA-F]{64}", text):
        return text.lower()
    try:
        return PublicKey(
            base64.b64decode(text, validate=True)[-32:]
        ).id  # PEM: the kind goes before
    except ValueError:
        raise ValueError("--key takes a fingerprint of 64 digits, or a file with a key.") from None


TOLD = """\
It holds together: {campaign} as of ledger position {entries} ({at}).

  signature    by the key {key}
  digests      {files} files are those that were signed, and there is no other
  ledger       {entries} entries in one chain; the texts of {entries_shown} are here and fit
  checkpoints  {checkpoints} earlier signed statements hold for these entries
  batches      {leaves_shown} rows are among those that batched entries stand for
  consistency  {proofs} earlier positions{kept} are the beginning of this ledger
  workbook     {rows} rows of audit.xlsx say what rows/ says, cell by cell
  totals       {in_scope} in scope = {answered} answered + {open} open + {excluded} excluded
               + {left} left + {erased} erased

{lost}{signer}
It cannot show whether people told the truth, whether an entry was written for everything that
happened, nor what the entries of other campaigns say. See docs/verifying.md.
"""
LOST = """\
HISTORY WAS LOST AND GIVEN UP, {losses} times: see Integrity in audit.xlsx for how much.
"""
EXPECTED = "The key is the one that you expect, or one that it handed over to."
UNKNOWN = """\
WHO SIGNED IT WAS NOT CHECKED: anybody can make a bundle that holds together under a key of their
own. Compare the key above with the fingerprint that you were given in some other way, or name it
with --key, or name a bundle that you kept with --previous."""


def told(found: dict[str, Any]) -> str:
    """What holds, in words."""
    totals = {
        name: sum(people.values()) if isinstance(people, dict) else people
        for name, people in found["totals"].items()
    }
    return TOLD.format(
        **{**found, **totals},
        at=found["position"]["at"],
        kept=" and the bundle that you kept" if found["previous"] else "",
        signer=EXPECTED if found["key_expected"] else UNKNOWN,
        lost=LOST.format(**found) if found["losses"] else "",
    )


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an evidence bundle of Optrail, offline.")
    parser.add_argument("bundle", help="the zip file")
    parser.add_argument(
        "--previous", metavar="OLDER.zip", help="a bundle of the same ledger that you kept"
    )
    parser.add_argument(
        "--key", metavar="FINGERPRINT|FILE", help="the key that must have signed it"
    )
    parser.add_argument("--json", action="store_true", help="say it for programs")
    options = parser.parse_args(given)
    try:
        key = fingerprint_read(options.key) if options.key else None
        with contextlib.ExitStack() as files:
            previous = options.previous and files.enter_context(open(options.previous, "rb"))
            found = check(files.enter_context(open(options.bundle, "rb")), previous, key)
    except Refused as refused:
        step = STEPS[refused.step]
        said = {"ok": False, "exit": refused.step, "step": step, "what": str(refused)}
        print(json.dumps(said) if options.json else f"REFUSED at the step “{step}”: {refused}")
        return refused.step
    except (OSError, ValueError) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return USAGE
    print(json.dumps({"ok": True, "exit": 0, **found}) if options.json else told(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
