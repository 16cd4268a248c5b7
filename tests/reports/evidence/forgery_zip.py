"""Zip files that are not what they seem."""

import struct
import warnings
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

from reports.evidence.verify import ZIP
from tests.reports.evidence.forgery import Genuine, Made, kind
from tests.reports.evidence.parts import packed


def _with_entry(data: bytes, entry: ZipInfo, content: bytes) -> bytes:
    target = BytesIO(data)
    with warnings.catch_warnings(), ZipFile(target, "a") as archive:
        warnings.simplefilter("ignore")  # zipfile warns of a name that stands there already
        archive.writestr(entry, content)
    return target.getvalue()


def _entry(name: str, **fields: object) -> ZipInfo:
    entry = ZipInfo(name)
    entry.external_attr = 0o600 << 16
    for field, value in fields.items():
        setattr(entry, field, value)
    return entry


@kind("a name that leads elsewhere, or is there twice", ZIP)
def names(genuine: Genuine) -> Made:
    for name in (
        "../evil", "/etc/passwd", "rows/../../evil", "C:\\evil", "rows\\evil.jsonl", "rows/", "rows/é.jsonl",
        "rows/A.jsonl", "rows/a.jsonl.exe", "guide/../x/wording.txt", "manifest.json/x", "verify.pyc", " README.txt",
        "README.TXT", "sitecustomize.py", "json.py", "rows/.jsonl\x01", "guide/en/wording.txt/", "a" * 5000,
    ):  # fmt: skip
        yield repr(name[:20]), _with_entry(genuine.data, _entry(name), b"x")
    for name in ("README.txt", "manifest.json", "rows/population.jsonl", "verify.py", "audit.xlsx"):
        yield f"{name} twice", _with_entry(genuine.data, _entry(name), b"x")


@kind("an entry with more than its contents", ZIP)
def fields(genuine: Genuine) -> Made:
    for what, entry in {
        "a link": _entry("guide/fr/wording.txt", external_attr=0o120777 << 16),
        "a mode": _entry("guide/fr/wording.txt", external_attr=0o755 << 16),
        "a time": _entry("guide/fr/wording.txt", date_time=(2026, 1, 1, 0, 0, 0)),
        "a note": _entry("guide/fr/wording.txt", comment=b"hello"),
        "more": _entry("guide/fr/wording.txt", extra=b"\xfe\xca\x04\0abcd"),
        "LZMA": _entry("guide/fr/wording.txt", compress_type=ZIP_LZMA),
        "BZIP2": _entry("guide/fr/wording.txt", compress_type=ZIP_BZIP2),
    }.items():
        yield what, _with_entry(genuine.data, entry, b"x" * 100)


def _patched(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


@kind("a zip file whose parts disagree", ZIP)
def disagreeing(genuine: Genuine) -> Made:
    data, listed = genuine.data, genuine.data.index(b"PK\1\2")
    end = data.rindex(b"PK\5\6")
    for what, place, new in (
        ("a flag here", 6, b"\1\0"),
        ("a flag there", listed + 8, b"\1\0"),
        ("a way of packing", 8, b"\0\0"),
        ("a CRC here", 14, b"abcd"),
        ("a CRC there", listed + 16, b"abcd"),
        ("a packed size", listed + 20, b"\1\0\0\0"),
        ("a size", listed + 24, b"\1\0\0\0"),
        ("a huge size", listed + 24, b"\xff\xff\xff\x7f"),
        ("a name here", 30, b"readme.txt"),
        ("a name there", listed + 46, b"readme.txt"),
        ("a place", listed + 42, b"\1\0\0\0"),
        ("a place beyond", listed + 42, b"\xff\xff\xff\x7f"),
        ("fewer entries", end + 8, struct.pack("<HH", 3, 3)),
        ("more entries", end + 8, struct.pack("<HH", 99, 99)),
        ("a longer list", end + 12, struct.pack("<L", 1 << 30)),
        ("an earlier list", end + 16, struct.pack("<L", 5)),
        ("another disk", end + 4, b"\1\0"),
        ("a comment to come", end + 20, b"\5\0"),
    ):
        yield what, _patched(data, place, new)


@kind("bytes before, between or behind", ZIP)
def stray(genuine: Genuine) -> Made:
    data = genuine.data
    yield from {
        "before": b"#!/bin/sh\n" + data,
        "behind": data + b"more",
        "another zip behind": data + packed({"README.txt": b"x"}),
        "another zip before": packed({"README.txt": b"x"}) + data,
        "a comment": _patched(data, len(data) - 2, b"\4\0") + b"more",
        "cut at the end": data[:-1],
        "cut in the middle": data[: len(data) // 2],
        "nothing": b"",
        "no zip": b"%PDF-1.7\n",
    }.items()
    listed = data.index(b"PK\1\2")
    yield "between", _shifted(data, listed)


def _shifted(data: bytes, listed: int) -> bytes:
    """Ten bytes between the last entry and the list of entries."""
    end = data.rindex(b"PK\5\6")
    (start,) = struct.unpack("<L", data[end + 16 : end + 20])
    moved = _patched(data, end + 16, struct.pack("<L", start + 10))
    return moved[:listed] + b"0123456789" + moved[listed:]


@kind("a bomb", ZIP)
def bombs(genuine: Genuine) -> Made:
    files = genuine.parts.files
    for name in (
        "rows/population.jsonl",
        "ledger/hashes.txt",
        "README.txt",
        "manifest.json",
        "guide/guide.json",
    ):
        yield name, packed({**files, name: bytes(64 << 20)})
    many = BytesIO()
    with ZipFile(many, "w", ZIP_STORED) as archive:
        for number in range(3_000):
            archive.writestr(_entry(f"rows/a{number}.jsonl"), b"")
    yield "3,000 entries", many.getvalue()
    target = BytesIO(genuine.data)
    with ZipFile(target, "a", ZIP_DEFLATED) as archive:
        # The same packed bytes, listed again under another name: nothing is stored for it.
        twin = archive.getinfo("rows/population.jsonl")
        other = _entry("rows/other.jsonl")
        for field in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
            setattr(other, field, getattr(twin, field))
        archive.filelist.append(other)
        archive._didModify = True  # type: ignore[attr-defined]
    yield "entries that overlap", target.getvalue()
