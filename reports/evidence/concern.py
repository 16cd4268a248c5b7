"""Which entries of the ledger concern a campaign."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Model, QuerySet

from compliance.campaigns.withdrawn import WITHDRAWN
from compliance.reminders.models import Message
from ledger.models import Event
from reports.datasets.messages import seals_until
from reports.datasets.position import Position
from reports.datasets.scope import in_scope

_IMPORTED = "people.imported"
_LEDGER = "ledger"

_ABOUT_SOMEBODY = ("assignment:", "message:", "employee:")


@dataclass(frozen=True)
class Entry:
    """One event: its text, and what that says."""

    seq: int
    body: str
    kind: str
    subject: str
    data: dict[str, Any]


def entry_read(seq: int, body: str) -> Entry:
    """The event's text, read."""
    said = json.loads(body)
    return Entry(seq, body, said["kind"], said["subject"], said["data"])


def withdrawn_in(entry: Entry) -> dict[str, Any]:
    """Campaign → what the entry, a change of the directory, says of those who left it."""
    return dict(entry.data.get(WITHDRAWN, {}))


class Concern:
    """Picks a campaign's entries; asks the database once a batch for each kind of reference."""

    def __init__(self, position: Position) -> None:
        self._position, self._campaign = position, position.campaign
        self._launch = int(position.campaign.launched_seq or 0)
        self._imports = self._first_import()

    def of(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Those of `entries` that concern the campaign, in their order."""
        known = self._known({entry.subject for entry in entries})
        return (entry for entry in entries if self._concerns(entry, known))

    def _concerns(self, entry: Entry, known: set[str]) -> bool:
        """The rule of docs/bundle.md, line by line."""
        if entry.kind == "people.erased":  # its person is known to no table any more
            return entry.seq > self._launch
        if entry.subject.startswith(_ABOUT_SOMEBODY) and not withdrawn_in(entry):
            return entry.subject in known and entry.seq > self._launch
        if entry.kind == "people.imported":
            return entry.seq >= self._imports
        if entry.kind == "guide.published":
            return self._asked_with(entry)
        if entry.subject == _LEDGER:  # lost history, another signing key: everybody's concern
            return True
        named = (entry.subject, entry.data.get("campaign"), *withdrawn_in(entry))
        return entry.subject in known or self._campaign.ref in named

    def _asked_with(self, entry: Entry) -> bool:
        version = self._campaign.guide_version
        return (entry.subject, entry.data["digest"]) == (version.guide.ref, version.digest)

    def _known(self, subjects: Iterable[str]) -> set[str]:
        """Those subjects that belong to the campaign: `assignment:<id>`, `seal:<id>` and so on."""
        known: set[str] = set()
        for what, group in groupby(sorted(subjects), key=lambda ref: ref.partition(":")[0]):
            ids = [ref.partition(":")[2] for ref in group]
            known.update(f"{what}:{found}" for found in self._found(what, ids))
        return known

    def _found(self, what: str, ids: Sequence[str]) -> QuerySet[Model, Any] | Sequence[str]:
        people = in_scope(self._position)
        match what:
            case "assignment":
                return people.filter(pk__in=ids).values_list("pk", flat=True)
            case "employee":
                return people.filter(employee_id__in=ids).values_list("employee", flat=True)
            case "message":
                rows = Message.objects.filter(assignment__in=people, pk__in=ids)
                return rows.values_list("pk", flat=True)
            case "seal":
                return seals_until(self._position).filter(pk__in=ids).values_list("pk", flat=True)
        return ()

    def _first_import(self) -> int:
        """The last import before the launch: the directory that the audience came from."""
        before = Event.objects.filter(seq__lt=self._launch, body__contains=f'"kind":"{_IMPORTED}"')
        return before.order_by("-seq").values_list("seq", flat=True).first() or self._launch
