"""Where the ledger stood at a moment."""

from datetime import datetime

from ledger.models import Checkpoint, Event
from reports.datasets.course import recorded


def position_before(moment: datetime) -> int:
    """The last ledger position before the first event recorded at `moment` or later.

    However late somebody asks, the answer is the same once such an event stands: nothing is
    ever inserted before it.
    """
    position = _signed_before(moment)
    events = Event.objects.filter(seq__gt=position).order_by("seq")
    for event in events.iterator():
        if recorded(event).at >= moment:
            break
        position = event.seq
    return position


def _signed_before(moment: datetime) -> int:
    """How much of the ledger was signed by then: there is no need to read it again."""
    earlier = Checkpoint.objects.filter(ts__lt=moment).order_by("-size")
    return earlier.values_list("size", flat=True).first() or 0
