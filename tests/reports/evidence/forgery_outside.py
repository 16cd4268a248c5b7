"""What somebody without the ledger's key can do: change bytes, or sign with a key of their own."""

import random

from reports.evidence.verify import DIGESTS, SIGNATURE, ZIP
from tests.reports.evidence.forgery import Genuine, Made, kind
from tests.reports.evidence.parts import Parts, unpacked

_SIGNED = ("manifest.json", "manifest.sig")


def flipped(data: bytes, place: int) -> bytes:
    """One bit is another."""
    return data[: place // 8] + bytes([data[place // 8] ^ 1 << place % 8]) + data[place // 8 + 1 :]


def _flips(parts: Parts, name: str, count: int) -> Made:
    draw = random.Random(name)
    data = parts.files[name]
    for place in sorted(draw.sample(range(8 * len(data)), min(count, 8 * len(data)))):
        yield f"{name}, bit {place}", parts.having(name, flipped(data, place))


@kind("a bit of the manifest or its signature", SIGNATURE)
def signature_bits(genuine: Genuine) -> Made:
    for name in _SIGNED:
        yield from _flips(genuine.parts, name, 20)


@kind("a bit of another file", DIGESTS)
def file_bits(genuine: Genuine) -> Made:
    for name in genuine.parts.files:
        if name not in _SIGNED:
            yield from _flips(genuine.parts, name, 3)


@kind("a bit of the zip file", ZIP)
def zip_bits(genuine: Genuine) -> Made:
    draw = random.Random("zip")
    for place in draw.sample(range(8 * len(genuine.data)), 60):
        made = flipped(genuine.data, place)
        if not _same_contents(made, genuine.data):
            yield f"bit {place}", made


def _same_contents(one: bytes, other: bytes) -> bool:
    """A bit that unpacking never looks at (behind the end of what is packed) changes nothing."""
    try:
        return unpacked(one) == unpacked(other)
    except Exception:  # noqa: BLE001 - whatever it is, it is not the same
        return False


@kind("a file changed, its digest mended", SIGNATURE)
def mended(genuine: Genuine) -> Made:
    for name in genuine.parts.files:
        if name not in _SIGNED:
            made = genuine.parts.having(name, genuine.parts.files[name] + b"\n").signed(genuine.key)
            yield name, made.having("manifest.sig", genuine.parts.files["manifest.sig"])


@kind("signed by a stranger", SIGNATURE)
def stranger(genuine: Genuine) -> Made:
    parts, key = genuine.parts, genuine.stranger
    yield "as it was", parts.signed(key)
    yield "under our key's name", parts.sealed(parts.files["manifest.json"], key)
    yield "with our fingerprint", parts.signed(key, key=parts.manifest["key"] | {
        "public": Parts(parts.signed(key).files).manifest["key"]["public"]
    })  # fmt: skip
    for sheet in parts.tables:
        rows = parts.rows(sheet)
        yield f"without a row of {sheet}", parts.telling(sheet, rows[:-1]).signed(key)


@kind("signed by a stranger, beside the bundle that was kept", SIGNATURE, previous=True)
def stranger_later(genuine: Genuine) -> Made:
    yield "as it was", genuine.parts.signed(genuine.stranger)


@kind("a file dropped or added", DIGESTS)
def files(genuine: Genuine) -> Made:
    for name in genuine.parts.files:
        if name not in _SIGNED:
            yield f"without {name}", genuine.parts.without(name)
    for name in ("rows/more.jsonl", "guide/fr/wording.txt"):
        yield f"with {name}", genuine.parts.having(name, b"{}\n")


@kind("the manifest or its signature dropped, cut or blank", SIGNATURE)
def unsigned(genuine: Genuine) -> Made:
    for name in _SIGNED:
        yield f"without {name}", genuine.parts.without(name)
        yield f"{name} empty", genuine.parts.having(name, b"")
        yield f"{name} cut", genuine.parts.having(name, genuine.parts.files[name][:-1])
        yield f"{name} of zeros", genuine.parts.having(name, bytes(64))
