"""Assignments end when people leave, and go on when they are back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Value

from accounts.sets import insert_select, rows_lock
from compliance.campaigns.models import Assignment, Campaign, CampaignState
from compliance.campaigns.signals import asking_stopped
from compliance.campaigns.withdrawn import BACK, WITHDRAWN, Withdrawal, in_turn, withdrawal_row
from ledger.canonical import rows_root

UNDER_WAY = (CampaignState.RUNNING, CampaignState.PAUSED)
LEFT = "left"


def withdrawals_follow(*, now: datetime, **_signal: Any) -> dict[str, object]:
    """Receiver of `directory_changing`: nobody who left is asked any more, whoever is back is.

    Returns what the event says of it: how many, and a Merkle root over them.
    """
    live = Assignment.objects.asked().filter(campaign__state__in=UNDER_WAY)
    leaving = live.open().filter(employee__active=False)
    back = live.filter(withdrawn=True, employee__active=True)
    rows_lock(leaving | back)
    asking_stopped.send(sender=Assignment, assignments=leaving, reason=LEFT, now=now)
    # The conditions stand outside of the subquery as well: whoever answers at this very moment
    # is looked at again once the row's lock is free.
    Assignment.objects.open().filter(pk__in=leaving.values("pk")).update(withdrawn=True)
    Assignment.objects.filter(pk__in=back.values("pk"), withdrawn=True).update(withdrawn=False)
    said = dict(_statements())
    return {WITHDRAWN: said} if said else {}


def withdrawals_record(*, seq: int, **_signal: Any) -> None:
    """Receiver of `directory_changed`: write down from and until which ledger position."""
    _ended().update(until_seq=seq)
    columns = (F("id"), F("employee__left_reason"), Value(seq))
    rows = _unrecorded().values_list(*columns)
    insert_select(Withdrawal, ("assignment", "reason", "seq"), rows)


def _unrecorded() -> QuerySet[Assignment]:
    recorded = Withdrawal.objects.filter(assignment=OuterRef("pk"), until_seq=None)
    return Assignment.objects.filter(~Exists(recorded), withdrawn=True)


def _ended() -> QuerySet[Withdrawal]:
    return Withdrawal.objects.filter(until_seq=None, assignment__withdrawn=False)


def _statements() -> Iterable[tuple[str, object]]:
    """For each campaign that somebody left, or came back to, what its event says."""
    gone, back = _unrecorded(), _ended()
    theirs = OuterRef("pk")
    touched = Exists(gone.filter(campaign=theirs)) | Exists(
        back.filter(assignment__campaign=theirs)
    )
    for campaign in Campaign.objects.filter(touched):
        left = gone.filter(campaign=campaign).order_by("id")
        came = back.filter(assignment__campaign=campaign).order_by("assignment")
        pairs = in_turn(left.values_list("id", "employee__left_reason"), came.values_list(*BACK))
        yield campaign.ref, _statement(pairs)


def _statement(pairs: Iterable[tuple[UUID, str]]) -> dict[str, object]:
    counts = {"back": 0, "left": 0}

    def rows() -> Iterable[list[object]]:
        for assignment, reason in pairs:
            counts["left" if reason else "back"] += 1
            yield withdrawal_row(assignment, reason)

    _, root = rows_root(rows())
    return {**counts, "root": root.hex()}
