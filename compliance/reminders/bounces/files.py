"""Mails in files: one alone, an mbox, a Maildir, a folder of .eml files, or standard input."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from compliance.reminders.bounces.parsing import MAX_BYTES
from ledger.commands import Refusal

_MBOX = b"From "
# One byte more than is read tells that there was more.
_TAKEN = MAX_BYTES + 1


def mails_in(place: str, *, stdin: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Each mail at `place` (a path, or `-` for `stdin`) after its position in words.

    One mail at a time is in memory, and no more of it than can be read. Raises Refusal for a place
    that cannot be read or holds no mail.
    """
    if place == "-":
        yield from _stream(stdin, "the input")
        return
    path = Path(place)
    try:
        if path.is_dir():
            yield from _folder(path)
        else:
            with path.open("rb") as file:
                yield from _stream(file, str(path))
    except OSError as error:
        raise Refusal(f"{error.filename or path} cannot be read: {error.strerror}.") from error


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    maildir = [folder / name for name in ("cur", "new") if (folder / name).is_dir()]
    found = [file for inner in maildir for file in sorted(inner.iterdir()) if file.is_file()]
    found = found or sorted(folder.glob("*.eml"))
    if not found:
        raise Refusal(
            f"{folder} holds no mails: neither files that end in .eml, nor the folders cur and new "
            "of a Maildir with mails in them."
        )
    for file in found:
        with file.open("rb") as stream:
            yield str(file), stream.read(_TAKEN)


def _stream(stream: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """The mails of an mbox, or the one mail that a stream is."""
    first = stream.readline(_TAKEN)
    if not first.strip():
        first = next((line for line in _lines(stream) if line.strip()), b"")
    if not first:
        raise Refusal(f"{name} is empty: there is no mail in it.")
    if first.startswith(_MBOX):
        yield from _mbox(_lines(stream))
    else:
        yield name, first + stream.read(_TAKEN)


def _mbox(lines: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """The mails of an mbox whose first `From ` line is read already.

    A new mail begins with `From ` after an empty line; `>From ` in a mail is a quoted one.
    """
    number, size, after_blank = 1, 0, False
    taken: list[bytes] = []
    for line in lines:
        if after_blank and line.startswith(_MBOX):
            yield f"mail {number}", b"".join(taken)
            number, taken, size = number + 1, [], 0
        elif size < _TAKEN:
            kept = line[1:] if line.lstrip(b">").startswith(_MBOX) and line[:1] == b">" else line
            taken.append(kept)
            size += len(kept)
        after_blank = not line.strip()
    yield f"mail {number}", b"".join(taken)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines of bounded length; a file without line ends does not fill the memory."""
    while line := stream.readline(_TAKEN):
        yield line
