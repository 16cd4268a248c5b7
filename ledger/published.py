"""Every checkpoint that was published into CHECKPOINT_DIR, against the ledger as it stands."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from ledger.acceptances import accepted_standing
from ledger.copies import Copy, copies, copies_folder, copy_read
from ledger.keys import KeyChain
from ledger.models import Event
from ledger.notes import NoteError, Stated

_TOGETHER = 500


class UnreadableCopyError(Exception):
    """A copy, or the folder, cannot be read; says what to do."""


def lost_checkpoints() -> Iterator[Stated]:
    """What was published, is not in the ledger, and was not given up; the newest first.

    The names of all copies are compared with the hashes of their events; the newest file, and each
    whose name does not agree, is read. Raises UnreadableCopyError.
    """
    keys = KeyChain.read()
    given_up = accepted_standing(keys)
    for copy in _doubtful(_copies()):
        said = _read(copy)
        if any(each.covers(said) for each in given_up):
            continue
        _refuse_unsigned(said, copy, keys)
        if not _stands(said):
            yield said


def published_checkpoints() -> Iterator[Stated]:
    """What every copy says, but for those that were given up, by size; each file is read.

    Raises UnreadableCopyError.
    """
    given_up = accepted_standing(KeyChain.read())
    for copy in sorted(_copies(), key=attrgetter("size")):
        said = _read(copy)
        if not any(each.covers(said) for each in given_up):
            yield said


def _copies() -> list[Copy]:
    try:
        return copies()
    except (OSError, NoteError) as error:
        raise _unreadable(error) from error


def _doubtful(found: Sequence[Copy]) -> Iterator[Copy]:
    """The newest, and all whose event has another hash than their name says."""
    yield from found[:1]
    for start in range(1, len(found), _TOGETHER):
        some = found[start : start + _TOGETHER]
        rows = Event.objects.filter(seq__in={copy.size for copy in some}).values_list("seq", "hash")
        hashes = {seq: bytes(hash_).hex() for seq, hash_ in rows}
        yield from (copy for copy in some if not hashes.get(copy.size, "").startswith(copy.head))


def _read(copy: Copy) -> Stated:
    try:
        return copy_read(copy)
    except (OSError, NoteError, UnicodeDecodeError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> UnreadableCopyError:
    return UnreadableCopyError(
        f"The copies of checkpoints in {copies_folder()} (CHECKPOINT_DIR) cannot be read:"
        f" {error}. Make the folder, connect it again, or move the faulty file away."
    )


def _stands(said: Stated) -> bool:
    if said.size == 0:
        return True
    return Event.objects.filter(seq=said.size, hash=said.head).exists()


def _refuse_unsigned(said: Stated, copy: Copy, keys: KeyChain) -> None:
    if keys.fault or not keys.knows(said):
        raise UnreadableCopyError(
            f"{copy.path} is not signed by the ledger's key. Was LEDGER_KEY changed? Then put the"
            " old one into LEDGER_KEY_PREVIOUS and run: manage.py rotate_ledger_key"
        )
