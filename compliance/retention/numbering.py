"""Erased people's numbers, and the one event and row that an erasure leaves behind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.retention.models import Erasure, Reason
from ledger import journal

COMMAND = "command"


@dataclass(frozen=True)
class Order:
    """Who wants what erased, and why: what the event says beside its counts.

    `run` brings the parts of one long erasure together; without a `user` it is `actor`.
    """

    subject: str
    reason: Reason
    user: User | None
    now: datetime
    run: UUID
    actor: str = COMMAND


def numbers_next(how_many: int) -> range:
    """The next numbers; under the lock that lets erasures queue, so that none is given twice."""
    last = Erasure.objects.aggregate(last=Max("last"))["last"] or 0
    return range(last + 1, last + 1 + how_many)


def erasure_record(order: Order, numbers: Sequence[int], counts: Mapping[str, object]) -> Erasure:
    """The event `people.erased`, and the row that certificates are made from."""
    detail = {
        "reason": order.reason.value,
        "first": numbers[0],
        "last": numbers[-1],
        "people": len(numbers),
        **counts,
    }
    event = journal.append(
        "people.erased",
        actor=order.user.ref if order.user else order.actor,
        subject=order.subject,
        now=order.now,
        data=detail,
    )
    return Erasure.objects.create(
        run=order.run,
        seq=event.seq,
        at=order.now,
        user=order.user,
        reason=order.reason,
        subject=order.subject,
        first=numbers[0],
        last=numbers[-1],
        detail=detail,
    )


def by_campaign(campaigns: Sequence[int]) -> dict[str, int]:
    """How many assignments of which campaign, as the event has it."""
    counts = sorted(Counter(campaigns).items())
    return {Campaign(pk=pk).ref: people for pk, people in counts}
