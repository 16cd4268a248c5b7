"""Certificates: what one run erased, and the ledger's signed word for it."""

import base64
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import F, Max, Min, Sum

from compliance.campaigns.models import Campaign
from compliance.retention.models import Erasure, Reason
from ledger.checkpoints import statement
from ledger.models import Checkpoint, Event
from ledger.proofs import inclusion_proof

SHOWN = 50
# Counts of an erasure's event, and what each says; the order of certificates.
COUNTED = {
    "messages": "Mails whose address and server's words were blanked",
    "named_as_manager": "Rows of others in which they stood as the manager",
    "leaves": "Leaves deleted",
    "notices": "Weekly summaries deleted",
    "holds": "Reasons of past legal holds blanked",
    "vault": "Values deleted from the vault, with their salts",
    "imports": "Imports discarded that waited to be applied",
    "import_rows": "Rows deleted that imports had kept",
}


@dataclass(frozen=True)
class Part:
    """One event of a run: the hash before it, its own, its exact text, and the path to the root."""

    erasure: Erasure
    prev: str
    hash: str
    body: str
    proof: tuple[str, ...]


@dataclass(frozen=True)
class Certificate:
    """Everything that one run erased; `checkpoint` is None until the next one is signed."""

    run: UUID
    parts: tuple[Part, ...]
    checkpoint: Checkpoint | None

    @property
    def first(self) -> Erasure:
        """The run's first erasure: all have its subject and reason."""
        return self.parts[0].erasure

    @property
    def at(self) -> datetime:
        """When it was finished."""
        return self.parts[-1].erasure.at

    @property
    def people(self) -> int:
        """How many people."""
        return sum(part.erasure.people for part in self.parts)

    @property
    def spans(self) -> list[str]:
        """Their numbers: `3`, or `1 to 12`."""
        found = [(part.erasure.first, part.erasure.last) for part in self.parts]
        return [f"{first} to {last}" if last > first else str(first) for first, last in found]

    @cached_property
    def counts(self) -> list[tuple[str, int]]:
        """What was blanked or deleted, in words and numbers."""
        total: Counter[str] = Counter()
        for part in self.parts:
            total.update({name: int(part.erasure.detail.get(name, 0)) for name in COUNTED})
        return [(words, total[name]) for name, words in COUNTED.items() if total[name]]

    @cached_property
    def campaigns(self) -> list[tuple[Campaign, int]]:
        """Campaign and assignments that became erased."""
        total: Counter[str] = Counter()
        for part in self.parts:
            total.update(part.erasure.detail["campaigns"])
        ids = {int(ref.partition(":")[2]): people for ref, people in total.items()}
        rows = Campaign.objects.filter(pk__in=ids).order_by("pk")
        return [(campaign, ids[campaign.pk]) for campaign in rows]

    @property
    def subject(self) -> str:
        """What was erased, in words."""
        return subject_words(self.first.subject)

    @property
    def statement(self) -> str:
        """What the checkpoint signed."""
        return statement(self.checkpoint) if self.checkpoint else ""

    @property
    def signature(self) -> str:
        """The checkpoint's signature, Ed25519 in base64."""
        return _base64(self.checkpoint.signature) if self.checkpoint else ""


@dataclass(frozen=True)
class RunRow:
    """One run in the list of all."""

    run: UUID
    subject: str
    reason: str
    at: datetime
    people: int

    @property
    def words(self) -> str:
        """What was erased."""
        return subject_words(self.subject)

    @property
    def why(self) -> str:
        """The reason in words."""
        return Reason(self.reason).label


def certificate_of(run: UUID) -> Certificate | None:
    """The certificate of `run`; None when there was no such run."""
    erasures = list(Erasure.objects.of_run(run).select_related("user"))
    if not erasures:
        return None
    checkpoint = Checkpoint.objects.filter(size__gte=erasures[-1].seq).order_by("size").first()
    events = Event.objects.in_bulk([each.seq for each in erasures])
    parts = tuple(_part(each, events[each.seq], checkpoint) for each in erasures)
    return Certificate(run, parts, checkpoint)


def runs_latest() -> list[RunRow]:
    """The latest runs, newest first."""
    runs = Erasure.objects.order_by().values_list("run", "subject", "reason")
    rows = runs.annotate(finished=Max("at"), everybody=Sum(F("last") - F("first") + 1))
    return [RunRow(*row) for row in rows.alias(begun=Min("seq")).order_by("-begun")[:SHOWN]]


def subject_words(subject: str) -> str:
    """What an event's subject stands for."""
    kind, _, key = subject.partition(":")
    if kind == "campaign":
        return f"Everybody in “{Campaign.objects.get(pk=key)}”"
    return "One person" if kind == "employee" else "People who left the company long ago"


def _part(erasure: Erasure, event: Event, checkpoint: Checkpoint | None) -> Part:
    proof = inclusion_proof(erasure.seq, checkpoint.size) if checkpoint else []
    prev, own = bytes(event.prev).hex(), bytes(event.hash).hex()
    return Part(erasure, prev, own, event.body, tuple(each.hex() for each in proof))


def _base64(value: bytes | memoryview) -> str:
    return base64.b64encode(bytes(value)).decode()
