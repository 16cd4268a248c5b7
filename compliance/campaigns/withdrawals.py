"""Assignments end when people leave, and go on when they are back."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Value

from accounts.sets import insert_select, rows_lock
from compliance.campaigns.models import Assignment, CampaignState
from compliance.campaigns.signals import asking_stopped
from compliance.campaigns.withdrawn import Withdrawal

UNDER_WAY = (CampaignState.RUNNING, CampaignState.PAUSED)
LEFT = "left"


def withdrawals_follow(*, now: datetime, **_signal: Any) -> None:
    """Receiver of `directory_changing`: nobody who left is asked any more, whoever is back is."""
    live = Assignment.objects.asked().filter(campaign__state__in=UNDER_WAY)
    leaving = live.open().filter(employee__active=False)
    back = live.filter(withdrawn=True, employee__active=True)
    rows_lock(leaving | back)
    asking_stopped.send(sender=Assignment, assignments=leaving, reason=LEFT, now=now)
    # The conditions stand outside of the subquery as well: whoever answers at this very moment
    # is looked at again once the row's lock is free.
    Assignment.objects.open().filter(pk__in=leaving.values("pk")).update(withdrawn=True)
    Assignment.objects.filter(pk__in=back.values("pk"), withdrawn=True).update(withdrawn=False)


def withdrawals_record(*, seq: int, **_signal: Any) -> None:
    """Receiver of `directory_changed`: write down from and until which ledger position."""
    ended = Withdrawal.objects.filter(until_seq=None, assignment__withdrawn=False)
    ended.update(until_seq=seq)
    insert_select(Withdrawal, ("assignment", "reason", "seq"), _unrecorded(seq))


def _unrecorded(seq: int) -> QuerySet[Assignment, Any]:
    recorded = Withdrawal.objects.filter(assignment=OuterRef("pk"), until_seq=None)
    withdrawn = Assignment.objects.filter(~Exists(recorded), withdrawn=True)
    return withdrawn.values_list(F("id"), F("employee__left_reason"), Value(seq))
