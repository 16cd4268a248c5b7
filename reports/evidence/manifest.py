"""manifest.json and its signature: what a bundle is about, and every file's digest."""

import base64
from pathlib import Path

from django.conf import settings

from ledger.canonical import canonical_json, utc_text
from ledger.checkpoints import ORIGIN, key_id, public_key, sign
from reports.datasets.integrity import FORMAT as WORKBOOK_FORMAT
from reports.datasets.position import Position
from reports.datasets.tally import Status, Tally
from reports.evidence.packing import names_in
from reports.storage import sha256_of

FORMAT = "optrail/evidence/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"


def manifest_write(position: Position, folder: Path, *, root: bytes, tally: Tally) -> None:
    """Write and sign the manifest over every file in `folder`."""
    names = sorted(names_in(folder))
    said = {
        "format": FORMAT,
        "campaign": position.campaign.ref,
        "position": {
            "seq": position.seq,
            "hash": position.hash.hex(),
            "at": utc_text(position.at),
        },
        "options": position.options.to_json(),
        "system": {"version": settings.VERSION, "workbook_format": WORKBOOK_FORMAT},
        "ledger": {"size": position.seq, "root": _base64(root), "origin": ORIGIN},
        "files": [_file(folder, name) for name in names],
        "rows": {name: _lines(folder / name) for name in names if name.startswith("rows/")},
        "totals": _totals(tally),
        "key": {"id": key_id(public_key()), "public": _base64(public_key().public_bytes_raw())},
    }
    text = (canonical_json(said) + "\n").encode()
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(sign(text))


def _file(folder: Path, name: str) -> dict[str, object]:
    path = folder / name
    return {"name": name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def _lines(path: Path) -> int:
    """How many lines really stand there."""
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _totals(tally: Tally) -> dict[str, object]:
    """In scope = answered + open + excluded + left + erased."""
    return {
        "in_scope": tally.people.total(),
        "answered": tally.with_status(Status.ANSWERED),
        "open": tally.with_status(Status.OPEN),
        "excluded": tally.reasons(Status.EXCLUDED),
        "left": tally.reasons(Status.LEFT),
        "erased": tally.with_status(Status.ERASED),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
