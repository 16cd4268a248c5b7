"""Exceptions about mails: not delivered, perhaps sent, written off, owed again."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from compliance.campaigns.policy import step_name
from compliance.reminders.models import DECIDABLE, UNDELIVERABLE, Outcome, State
from reports.datasets.exceptions.kinds import Exceptional, Found
from reports.datasets.ordering import CHUNK, person_order
from reports.datasets.position import Position
from reports.datasets.scope import limits

_PERSON = tuple(f"message__assignment__{name}" for name in ("last_name", "first_name", "email"))


def ended(position: Position, kind: Exceptional) -> Iterator[Found]:
    """Mails whose last sealed outcome is of this kind; the ledger entry is the seal."""
    states = {
        Exceptional.UNDELIVERABLE: UNDELIVERABLE,
        Exceptional.UNCERTAIN: (State.UNCERTAIN,),
        Exceptional.WRITTEN_OFF: (State.WRITTEN_OFF,),
    }
    sealed = _sealed(position)
    known = Outcome.objects.sealed_until(position.seq)
    later = known.filter(message=OuterRef("message"), id__gt=OuterRef("id"))
    return _found(position, kind, sealed.filter(~Exists(later), state__in=states[kind]))


def sent_again(position: Position) -> Iterator[Found]:
    """Mails that were refused or uncertain, and were owed again because somebody decided so."""
    before = Outcome.objects.filter(message=OuterRef("message"), id__lt=OuterRef("id"))
    last = Subquery(before.order_by("-id").values("state")[:1])
    decided = _sealed(position).filter(attempt=0, state=State.PENDING).annotate(before=last)
    return _found(position, Exceptional.SENT_AGAIN, decided.filter(before__in=DECIDABLE))


def _sealed(position: Position) -> QuerySet[Outcome]:
    rows = Outcome.objects.filter(
        message__assignment__campaign=position.campaign,
        message__seal__seq__lte=position.seq,
        seal__seq__lte=position.seq,
    )
    return rows.filter(**limits(position, "message__assignment__"))


def _found(position: Position, kind: Exceptional, outcomes: QuerySet[Outcome]) -> Iterator[Found]:
    order = (*person_order(position, "message__assignment__"), "message__step", "id")
    rows = outcomes.order_by(*order).values_list(
        *_PERSON, "message__assignment_id", "at", "seal__seq", "message_id", "message__step",
        "state", "code", "answer",
    )  # fmt: skip
    for *person, assignment, at, seq, message, step, state, code, said in rows.iterator(
        chunk_size=CHUNK
    ):
        detail = f"{step_name(step)}: {state}{f' {code}' if code else ''}"
        yield Found(
            kind, tuple(person), str(assignment), at, seq, detail, said=said, message=str(message)
        )
