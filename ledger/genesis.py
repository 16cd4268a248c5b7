"""The beginning of the chain."""

from ledger.canonical import GENESIS
from ledger.models import Event, Head


def ledger_begin() -> None:
    """Create the head of an empty ledger; one that has events and no head stays visibly broken."""
    if not Event.objects.exists():
        Head.objects.get_or_create(id=1, defaults={"seq": 0, "hash": GENESIS})
