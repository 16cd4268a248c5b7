"""Signed notes: what is said about the ledger, as the text that is signed and handed around."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.canonical import utc_text
from ledger.models import Checkpoint, KeyHandover

ORIGIN = "optrail/ledger/1"
KEY_ORIGIN = "optrail/ledger-key/1"
_DASH = "— "
_CHECKPOINT_LINES = 5


class NoteError(ValueError):
    """A text that is no note of ours; says what is wrong with it."""


@dataclass(frozen=True)
class Stated:
    """What a checkpoint says: so many events, their root, the last one's hash, and who signs."""

    size: int
    root: bytes
    head: bytes
    at: str
    key_id: str
    signature: bytes

    @property
    def text(self) -> str:
        """What was signed."""
        root, head = map(_base64, (self.root, self.head))
        return f"{ORIGIN}\n{self.size}\n{root}\n{head}\n{self.at}\n"


def stated(row: Checkpoint) -> Stated:
    """A stored checkpoint as what it says."""
    parts = bytes(row.root), bytes(row.head), utc_text(row.ts)
    return Stated(row.size, *parts, row.key_id, bytes(row.signature))


def handover_statement(row: KeyHandover) -> str:
    """The text that both keys sign: origin, events so far, old and new public key, time."""
    old, new = _base64(bytes(row.old_key)), _base64(bytes(row.new_key))
    return f"{KEY_ORIGIN}\n{row.size}\n{old}\n{new}\n{utc_text(row.ts)}\n"


def note(text: str, signatures: Sequence[tuple[str, bytes]]) -> str:
    """The signed lines, an empty one, a line for each signature (key id, base64), an empty one."""
    lines = "".join(f"{_DASH}{key} {_base64(signature)}\n" for key, signature in signatures)
    return f"{text}\n{lines}\n"


def checkpoint_note(row: Checkpoint) -> str:
    """A checkpoint as it is copied and mailed."""
    return note(stated(row).text, [(row.key_id, bytes(row.signature))])


def checkpoints_read(text: str) -> list[Stated]:
    """The checkpoints in a file of notes; hand-overs between them are passed over.

    Raises NoteError.
    """
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    found = list(_pairs(blocks))
    if not found:
        raise NoteError("it holds no checkpoint")
    return found


def _pairs(blocks: Sequence[str]) -> Iterator[Stated]:
    for said, signed in zip(blocks[::2], blocks[1::2], strict=False):
        lines, signatures = said.strip("\n").split("\n"), signed.strip("\n").split("\n")
        if lines[0] == KEY_ORIGIN:
            continue
        yield _checkpoint(lines, signatures[0])
    if len(blocks) % 2:
        raise NoteError("its last note has no signature")


def _checkpoint(lines: Sequence[str], signature: str) -> Stated:
    if len(lines) != _CHECKPOINT_LINES or lines[0] != ORIGIN or not signature.startswith(_DASH):
        raise NoteError(f"a note in it does not begin with {ORIGIN}, or is cut")
    key, _, signed = signature.removeprefix(_DASH).partition(" ")
    try:
        parts = [base64.b64decode(part, validate=True) for part in (*lines[2:4], signed)]
        datetime.fromisoformat(lines[4])
        return Stated(int(lines[1]), parts[0], parts[1], lines[4], key, parts[2])
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"a note in it cannot be read: {error}") from error


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
