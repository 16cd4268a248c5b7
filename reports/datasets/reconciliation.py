"""Every figure is reached in two ways; when two of them differ, nothing is released."""

import json
from collections.abc import Iterator

from django.db.models import Q

from compliance.answers import ANSWERS, CLOSING
from compliance.campaigns.audience import population_digest
from compliance.campaigns.models import Exclusion, Withdrawal
from compliance.reminders.models import Seal, State
from compliance.reminders.seal import seal_root
from ledger.commands import Refusal
from ledger.models import Event
from reports.datasets.attestations import events_until
from reports.datasets.checks import Check
from reports.datasets.course import Course
from reports.datasets.messages import messages_until, seals_until
from reports.datasets.parameters import parameter_checks
from reports.datasets.position import Position
from reports.datasets.tally import Status, Tally

_POPULATION, _ATTESTATIONS, _MESSAGES = (
    "the sheet Population",
    "the sheet Attestations",
    "the sheet Messages",
)
_LAUNCH, _DATABASE = "the ledger's launch", "the database"


def reconcile(position: Position, course: Course, tally: Tally) -> tuple[Check, ...]:
    """The checks of an export whose rows went by. Raises Refusal naming every pair that differs."""
    checks = (
        *_scope_checks(position, course, tally),
        *_answer_checks(position, tally),
        *_message_checks(position, tally),
        *parameter_checks(position.campaign, course),
    )
    differences = [check.difference for check in checks if not check.holds]
    if differences:
        raise Refusal(*differences)
    return checks


def _scope_checks(position: Position, course: Course, tally: Tally) -> Iterator[Check]:
    data = course.launch.data
    in_scope, root = population_digest(position.campaign)
    parts = sum(tally.with_status(status) for status in Status)
    yield Check("In scope", data["in_scope"], _LAUNCH, in_scope, _DATABASE)
    yield Check("In scope", data["in_scope"], _LAUNCH, parts, "answered + open + excluded + left")
    yield Check(
        "Digest of the frozen population", data["population"], _LAUNCH, root.hex(), _DATABASE
    )
    excluded = tally.reasons(Status.EXCLUDED)
    for reason in Exclusion.values:
        what, found = f"Excluded: {reason}", excluded.get(reason, 0)
        yield Check(what, data["excluded"].get(reason, 0), _LAUNCH, found, _POPULATION)
        listed = tally.exclusions[reason]
        yield Check(what, found, _POPULATION, listed, "the sheet Exclusions")
    gone = _withdrawn(position)
    yield Check("Left the company", tally.withdrawn, _POPULATION, gone, _DATABASE)


def _withdrawn(position: Position) -> int:
    in_force = Q(until_seq=None) | Q(until_seq__gt=position.seq)
    rows = Withdrawal.objects.filter(assignment__campaign=position.campaign, seq__lte=position.seq)
    return rows.filter(in_force).count()


def _answer_checks(position: Position, tally: Tally) -> Iterator[Check]:
    recorded = events_until(position).count()
    yield Check("Answers given", tally.attestations, _ATTESTATIONS, recorded, "the ledger")
    for code in ANSWERS:
        shown, standing = tally.answers[code], tally.standing[code]
        yield Check(f"Stands: {code}", shown, _POPULATION, standing, _ATTESTATIONS)
    closing = sum(tally.standing[code] for code in CLOSING)
    answered = tally.with_status(Status.ANSWERED)
    yield Check("Answered", answered, _POPULATION, closing, _ATTESTATIONS)


def _message_checks(position: Position, tally: Tally) -> Iterator[Check]:
    stored, listed = messages_until(position).count(), tally.messages.total()
    yield Check("Messages, all states", listed, _MESSAGES, stored, _DATABASE)
    accepted = tally.messages[State.ACCEPTED.value]
    yield Check("Mails accepted", tally.mails, _POPULATION, accepted, _MESSAGES)
    sealed, intact = _seals(position)
    yield Check("Sealed batches of outcomes", sealed, "the ledger", intact, _DATABASE)


def _seals(position: Position) -> tuple[int, int]:
    """How many batches were sealed, and how many of them still give the root that was sealed."""
    intact = [seal_root(seal)[1] == _sealed_root(seal) for seal in seals_until(position)]
    return len(intact), sum(intact)


def _sealed_root(seal: Seal) -> str:
    event = Event.objects.get(seq=int(seal.seq or 0))
    return str(json.loads(event.body)["data"]["root"])
