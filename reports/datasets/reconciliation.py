"""Every figure is reached in two ways; when two of them differ, nothing is released."""

import json
from collections.abc import Iterator

from django.db.models import Count, Q

from compliance.answers import ANSWERS, CLOSING
from compliance.attestations.models import Attestation
from compliance.campaigns.models import Exclusion
from compliance.campaigns.population import population_digest
from compliance.campaigns.withdrawn import Withdrawal
from compliance.reminders.models import Seal, State
from compliance.reminders.seal import seal_root
from ledger.commands import Refusal
from ledger.models import Event
from reports.datasets.attestations import events_until
from reports.datasets.checks import Check
from reports.datasets.course import Course, Recorded
from reports.datasets.exceptions.sheet import exception_checks
from reports.datasets.messages import messages_until, seals_until
from reports.datasets.parameters import parameter_checks
from reports.datasets.position import Position
from reports.datasets.roll_forward import RollForward
from reports.datasets.scope import limits, outside
from reports.datasets.tally import Status, Tally

_POPULATION, _ATTESTATIONS, _MESSAGES = (
    "the sheet Population",
    "the sheet Attestations",
    "the sheet Messages",
)
_ERASED = "people.erased"
_LAUNCH, _LEDGER, _DATABASE = "the ledger's launch", "the ledger", "the database"


def reconcile(
    position: Position, course: Course, tally: Tally, rolled: RollForward
) -> tuple[Check, ...]:
    """The checks of an export whose rows went by. Raises Refusal naming every pair that differs."""
    checks = (
        *_scope_checks(position, course, tally),
        *_answer_checks(position, tally),
        *_message_checks(position, tally),
        *exception_checks(tally),
        *rolled.checks(),
        *parameter_checks(position.campaign, course),
    )
    differences = [check.difference for check in checks if not check.holds]
    if differences:
        raise Refusal(*differences)
    return checks


def _scope_checks(position: Position, course: Course, tally: Tally) -> Iterator[Check]:
    data = course.launch.data
    launched, root = population_digest(position.campaign)
    yield Check("In scope at launch", data["in_scope"], _LAUNCH, launched, _DATABASE)
    yield Check(
        "Digest of the frozen population", data["population"], _LAUNCH, root.hex(), _DATABASE
    )
    for each in course.joined:
        yield from _joined_checks(position, each, tally)
    unseen = outside(position)
    parts = sum(tally.with_status(status) for status in Status) + unseen.count()
    yield Check("In scope", course.people(position.seq), _LEDGER, parts, _parts(position))
    for reason in Exclusion.values:
        what, found = f"Excluded: {reason}", tally.excluded[reason]
        recorded = data["excluded"].get(reason, 0) + sum(
            each.data["joined_excluded"].get(reason, 0) for each in course.joined
        )
        hidden = unseen.filter(exclusion=reason).count()
        yield Check(what, recorded, _LEDGER, found + hidden, _POPULATION)
        listed = tally.exclusions[reason]
        yield Check(what, found, _POPULATION, listed, "the sheet Exclusions")
    gone = _withdrawn(position)
    yield Check("Left the company", tally.withdrawn, _POPULATION, gone, _DATABASE)
    erased, recorded = _erased(position)
    yield Check("Erased, in all until now", recorded, _LEDGER, erased, _DATABASE)


def _erased(position: Position) -> tuple[int, int]:
    """How many of the campaign are blank, and how many of these by an erasure that says so many.

    Whoever blanked somebody past the program has no such entry, or makes its figure wrong.
    """
    ref, rows = position.campaign.ref, position.campaign.assignments.erased().order_by()
    people = dict(rows.values_list("erased_seq").annotate(people=Count("pk")))
    events = Event.objects.filter(seq__in=people, body__contains=f'"kind":"{_ERASED}"')
    said = {
        event.seq: json.loads(event.body)["data"].get("campaigns", {}).get(ref, 0)
        for event in events.iterator(chunk_size=500)
    }
    agreed = sum(count for seq, count in people.items() if said.get(seq) == count)
    return sum(people.values()), agreed


def _parts(position: Position) -> str:
    left_out = " + left out by filters" if position.options.filters else ""
    return f"answered + open + excluded + left + erased{left_out}"


def _joined_checks(position: Position, event: Recorded, tally: Tally) -> Iterator[Check]:
    """Those who joined with one entry: as many, and the same, as it says."""
    entry, what = f"ledger entry {event.seq}", f"Joined with entry {event.seq}"
    _, root = population_digest(position.campaign, joined_seq=event.seq)
    found = tally.joined[event.seq] + outside(position).filter(joined_seq=event.seq).count()
    yield Check(what, event.data["joined"], entry, found, _POPULATION)
    yield Check(f"{what}: digest", event.data["joined_population"], entry, root.hex(), _DATABASE)


def _withdrawn(position: Position) -> int:
    in_force = Q(until_seq=None) | Q(until_seq__gt=position.seq)
    rows = Withdrawal.objects.filter(assignment__campaign=position.campaign, seq__lte=position.seq)
    return rows.filter(in_force, **limits(position, "assignment__")).count()


def _answer_checks(position: Position, tally: Tally) -> Iterator[Check]:
    recorded = events_until(position).count()
    hidden = Attestation.objects.filter(assignment__in=outside(position), seq__lte=position.seq)
    given = tally.attestations + hidden.count()
    yield Check("Answers given", given, _ATTESTATIONS, recorded, "the ledger")
    for code in ANSWERS:
        shown, standing = tally.answers[code], tally.standing[code]
        yield Check(f"Stands: {code}", shown, _POPULATION, standing, _ATTESTATIONS)
    closing = sum(tally.standing[code] for code in CLOSING)
    answered = tally.with_status(Status.ANSWERED) + tally.closed_and_erased
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
