"""Attestations: every answer, corrections included, with the wording it was given to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from compliance.attestations.models import Attestation
from compliance.guides.models import GuideVersion
from ledger.canonical import utc_text
from ledger.commands import Refusal
from ledger.models import Event
from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position
from reports.datasets.pseudonyms import ASSIGNMENT
from reports.datasets.scope import limits
from reports.datasets.tables import Column, Kind, Row, Table
from reports.datasets.tally import Tally

COLUMNS = (
    Column("Last name", Kind.NAME, identifies=True),
    Column("First name", Kind.NAME, identifies=True),
    Column("Address", Kind.NAME, identifies=True),
    Column("No.", Kind.COUNT),
    Column("Stands", Kind.WORD),
    Column("Answer", Kind.WORD),
    Column("Answer as shown", Kind.PROSE),
    Column("Recorded at", Kind.TIME),
    Column("Ledger no.", Kind.COUNT),
    Column("Guide", Kind.NAME),
    Column("Version", Kind.COUNT),
    Column("Language", Kind.WORD),
    Column("Link assurance", Kind.WORD),
    Column("Wording digest", Kind.HASH),
    Column("Event hash", Kind.HASH),
    ASSIGNMENT,
)


def attestations(position: Position, tally: Tally) -> Table:
    """One row for each answer up to the position; the last of each person stands."""
    return Table("Attestations", COLUMNS, lambda: _rows(position, tally))


def attestations_until(position: Position) -> QuerySet[Attestation]:
    """The answers up to the position, of everyone whose rows are shown."""
    rows = Attestation.objects.filter(assignment__campaign=position.campaign, seq__lte=position.seq)
    return rows.filter(**limits(position, "assignment__"))


def versions_in_use(position: Position) -> dict[int, GuideVersion]:
    """Every wording that was shown: the campaign's own, and those that answers name."""
    ids = set(attestations_until(position).values_list("guide_version", flat=True).distinct())
    ids.add(position.campaign.guide_version_id)
    return GuideVersion.objects.select_related("guide").in_bulk(ids)


def events_until(position: Position) -> QuerySet[Event]:
    """The ledger's own record of the same answers: its text names the campaign."""
    kind, campaign = '"kind":"attestation.recorded"', f'"campaign":"{position.campaign.ref}"'
    events = Event.objects.filter(seq__gt=position.campaign.launched_seq, seq__lte=position.seq)
    return events.filter(body__contains=kind).filter(body__contains=campaign)


def _rows(position: Position, tally: Tally) -> Iterator[Row]:
    versions = versions_in_use(position)
    for row in _query(position).iterator(chunk_size=CHUNK):
        *person, version_id, latest, body, hash_ = row
        answer = Answer(versions[version_id], *person)
        stands = answer.number == latest
        tally.attestation(answer.answer, answer.at, stands=stands)
        yield answer.row("yes" if stands else "no", answer.proven(body, hash_))


def _query(position: Position) -> QuerySet[Attestation, tuple[Any, ...]]:
    latest = attestations_until(position).filter(assignment=OuterRef("assignment"))
    event = Event.objects.filter(seq=OuterRef("seq"))
    ordered = attestations_until(position).order_by(
        *person_order(position, "assignment__"), "number"
    )
    return ordered.values_list(
        "seq", "assignment_id", "assignment__last_name", "assignment__first_name",
        "assignment__email", "number", "answer", "at", "language", "assurance",
        "guide_version_id", Subquery(latest.order_by("-number").values("number")[:1]),
        Subquery(event.values("body")), Subquery(event.values("hash")),
    )  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """One attestation with the wording it was given to."""

    version: GuideVersion
    seq: int
    assignment: UUID
    last_name: str
    first_name: str
    email: str
    number: int
    answer: str
    at: datetime
    language: str
    assurance: str

    def row(self, stands: str, event_hash: str) -> Row:
        """As the table has it."""
        return (
            self.last_name, self.first_name, self.email, self.number, stands,
            self.answer, self._as_shown(), utc_text(self.at), self.seq,
            self.version.guide.slug, self.version.number, self.language, self.assurance,
            self.version.digest, event_hash, str(self.assignment),
        )  # fmt: skip

    def proven(self, body: str | None, hash_: bytes | memoryview | None) -> str:
        """The hash of the event that records this answer. Raises Refusal when it says otherwise."""
        if body is None or hash_ is None or not self._claims().items() <= _said(body).items():
            raise Refusal(
                f"Answer {self.number} of assignment {self.assignment} is not what ledger event"
                f" {self.seq} records. Nothing is released: run verify_ledger and compare with a"
                " backup."
            )
        return bytes(hash_).hex()

    def _claims(self) -> dict[str, object]:
        return {
            "subject": f"assignment:{self.assignment}",
            "at": utc_text(self.at),
            "answer": self.answer,
            "number": self.number,
            "wording": self.version.digest,
            "language": self.language,
            "assurance": self.assurance,
        }

    def _as_shown(self) -> str:
        return self.version.parsed.text(self.language).answers[self.answer]


def _said(body: str) -> dict[str, object]:
    """What an event says, in one table (its data are texts and numbers, so items compare)."""
    event = json.loads(body)
    return {"subject": event["subject"], "at": event["at"], **event["data"]}
