"""How the directory tells the apps above it that people joined, changed or left."""

from collections.abc import Mapping
from datetime import datetime

from django.dispatch import Signal

# Both are sent inside the transaction of the change. The first stands before its ledger event,
# so that whatever touches many rows is done before the ledger's one lock is taken: whoever holds
# that lock must not wait for rows. The second brings the event's position.

# `directory_changing.send(sender, now=<aware datetime>)`; a receiver may return what the ledger
# event is to hold about its own rows, as a mapping.
directory_changing = Signal()
# `directory_changed.send(sender, now=<aware datetime>, seq=<ledger position>)`
directory_changed = Signal()


def directory_follow(sender: type, *, now: datetime) -> dict[str, object]:
    """Send `directory_changing`; returns what the change's ledger event has to hold besides."""
    said: dict[str, object] = {}
    for _, facts in directory_changing.send(sender, now=now):
        if isinstance(facts, Mapping):
            said.update(facts)
    return said
