"""Signed notes: what is said about the ledger, as the text that is signed and handed around."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ledger.canonical import utc_text
from ledger.models import Checkpoint, KeyHandover

ORIGIN = "optrail/ledger/1"
KEY_ORIGIN = "optrail/ledger-key/1"
_DASH = "— "
_NOTE = re.compile(
    rf"^{ORIGIN}\n(?P<size>[0-9]{{1,18}})\n(?P<root>\S+)\n(?P<head>\S+)\n(?P<at>\S+)\n\n"
    rf"{_DASH}(?P<key>[0-9a-f]{{64}}) (?P<signature>\S+)$",
    re.MULTILINE,
)


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


def handover_note(row: KeyHandover) -> str:
    """A hand-over as it stands between checkpoints: signed by the old key, then by the new."""
    pairs = ((row.old_key, row.old_signature), (row.new_key, row.new_signature))
    ids = [(sha256(bytes(key)).hexdigest(), bytes(signature)) for key, signature in pairs]
    return note(handover_statement(row), ids)


def checkpoints_read(text: str) -> list[Stated]:
    """The checkpoints in a text: a copy, a bundle's checkpoints.txt, what a mail says.

    Hand-overs of keys and other words between them are passed over. Raises NoteError.
    """
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    found = [_checkpoint(match.groupdict()) for match in _NOTE.finditer(lines)]
    begun = sum(line == ORIGIN for line in lines.split("\n"))
    if not found or len(found) != begun:
        raise NoteError("a checkpoint in it is cut or damaged" if begun else "it holds none")
    return found


def _checkpoint(said: Mapping[str, str]) -> Stated:
    try:
        root, head, signature = (
            base64.b64decode(said[name], validate=True) for name in ("root", "head", "signature")
        )
        datetime.fromisoformat(said["at"])
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"a checkpoint in it cannot be read: {error}") from error
    return Stated(int(said["size"]), root, head, said["at"], said["key"], signature)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
