"""Who is not asked any more, so that every position can tell."""

from collections.abc import Iterator
from heapq import merge
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet, Value

from compliance.campaigns.models import Assignment

WITHDRAWN = "withdrawn"  # where an event's data has them, campaign by campaign
BACK = ("assignment_id", Value(""))  # the columns of whoever is asked again
_CHUNK = 5_000


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    """Reads of withdrawals."""

    def moved_with(self, seq: int) -> Iterator[tuple[UUID, str]]:
        """Who left with ledger entry `seq`, and why; '' for whoever came back with it. By id."""
        return in_turn(
            self.filter(seq=seq).order_by("assignment").values_list("assignment_id", "reason"),
            self.filter(until_seq=seq).order_by("assignment").values_list(*BACK),
        )


class Withdrawal(models.Model):
    """An assignment that ended without an answer, from ledger position `seq` until `until_seq`.

    A person who is back (a leaver by mistake, say) is asked again: the row gets its `until_seq`.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="withdrawals")
    reason = models.CharField(max_length=20)  # accounts.directory.models.LeftReason
    seq = models.BigIntegerField()
    until_seq = models.BigIntegerField(null=True, blank=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(until_seq=None), name="withdrawal_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"withdrawal at {self.seq}"


def in_turn(*parts: QuerySet[Any, tuple[UUID, str]]) -> Iterator[tuple[UUID, str]]:
    """Pairs of assignment and reason, each part in the order of the assignments, as one stream."""
    return merge(*(rows.iterator(chunk_size=_CHUNK) for rows in parts))


def withdrawal_row(assignment: UUID, reason: str) -> list[object]:
    """What an event commits to about one person who left, or (without a reason) is back."""
    return [str(assignment), reason]
