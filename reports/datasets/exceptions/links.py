"""Exceptions about links: ended early, or shown to somebody else; read from the ledger's text."""

from collections.abc import Iterator, Sequence
from itertools import islice
from uuid import UUID

from ledger.models import Event
from reports.datasets.course import Recorded, recorded
from reports.datasets.exceptions.kinds import Exceptional, Found
from reports.datasets.ordering import CHUNK
from reports.datasets.position import Position
from reports.datasets.scope import in_scope

_KINDS = {"revoked": Exceptional.LINK_REVOKED, "shown": Exceptional.LINK_SHOWN}
_PREFIX = "assignment:"


def links(position: Position) -> Iterator[Found]:
    """Each time that a link of the campaign ended or was shown, in the order of the ledger."""
    events = Event.objects.filter(
        seq__gt=position.campaign.launched_seq,
        seq__lte=position.seq,
        body__contains='"kind":"link.',
    )
    rows = events.order_by("seq").iterator(chunk_size=CHUNK)
    while chunk := [recorded(event) for event in islice(rows, CHUNK)]:
        yield from _ours(position, chunk)


def _ours(position: Position, events: Sequence[Recorded]) -> Iterator[Found]:
    """The ledger does not say whose campaign a link belongs to; its assignments do."""
    about = [(event, event.subject.removeprefix(_PREFIX)) for event in events]
    people = in_scope(position).in_bulk([UUID(id_) for _, id_ in about])
    for event, id_ in about:
        if (person := people.get(UUID(id_))) and (kind := _KINDS.get(event.kind)):
            named = (person.last_name, person.first_name, person.email)
            detail = f"version {event.data['version']}, by {event.actor}"
            yield Found(kind, named, id_, event.at, event.seq, detail)
