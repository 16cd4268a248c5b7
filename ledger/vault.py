"""Erasing from the vault: the value and salt go, what events committed to stays valid."""

from collections.abc import Iterable
from itertools import islice

from ledger.models import VaultEntry

_BATCH = 1_000


def values_forget(subjects: Iterable[str]) -> int:
    """Delete every value (with its salt) about `subjects`; returns how many there were."""
    rest, deleted = iter(subjects), 0
    while batch := list(islice(rest, _BATCH)):
        deleted += VaultEntry.objects.filter(subject_ref__in=batch).delete()[0]
    return deleted
