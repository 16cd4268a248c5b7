"""What reminders listen to; imported once by the app's `ready`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from accounts.directory.signals import directory_changed, directory_changing
from accounts.sets import rows_lock
from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.campaigns.policy import INVITATION
from compliance.campaigns.signals import (
    asking_stopped,
    campaign_launched,
    campaign_resuming,
    policy_changed,
)
from compliance.reminders.alone import one_at_a_time
from compliance.reminders.endings import CANCELLABLE, POLICY_CHANGED, messages_move
from compliance.reminders.joiners import joiners_add, joiners_record
from compliance.reminders.leave_days import due_dates_shift
from compliance.reminders.models import Leave, Message, State
from compliance.reminders.pausing import clocks_shift
from compliance.reminders.plan import reminders_plan
from compliance.reminders.services import messages_cancel


def owed_cancel(
    *, assignments: AssignmentQuerySet, reason: str, now: datetime, **_signal: Any
) -> None:
    """Receiver of `asking_stopped`: what was owed is cancelled in the same transaction."""
    # An answer locks its assignment before its messages: so do we, or the two could wait for each
    # other for ever.
    owed = Message.objects.filter(assignment__in=assignments, state__in=CANCELLABLE)
    rows_lock(Assignment.objects.filter(messages__in=owed))
    messages_cancel(assignments=assignments, reason=reason, now=now)


def launched_leaves(*, campaign: Campaign, **_signal: Any) -> None:
    """Receiver of `campaign_launched`: whoever is away, or will be, is given more time."""
    due_dates_shift(campaign, Assignment.objects.open(), Leave.objects.in_force())


def launched_plan(*, campaign: Campaign, now: datetime, **_signal: Any) -> None:
    """Receiver of `campaign_launched`: what is due already is planned at once."""
    reminders_plan(now=now, campaign_id=campaign.pk)


def removed_cancel(
    *, campaign: Campaign, removed: Collection[int], now: datetime, **_signal: Any
) -> None:
    """Receiver of `policy_changed`: what waits of a removed step, or beyond a lower limit, ends."""
    waiting = Message.objects.owed().filter(
        assignment__campaign=campaign, state__in=CANCELLABLE, step__gt=INVITATION
    )
    had = Message.objects.filter(assignment=OuterRef("assignment"), step__gt=INVITATION).exclude(
        state__in=(*CANCELLABLE, State.CANCELLED)
    )
    numbers = had.order_by().values("assignment").annotate(number=Count("pk")).values("number")
    waiting = waiting.alias(had=Subquery(numbers)).filter(
        Q(step__in=removed) | Q(had__gte=campaign.reminders.at_most)
    )
    # A planner that still reads by the old policy ends first.
    with one_at_a_time("plan"):
        messages_move(waiting, State.CANCELLED, reason=POLICY_CHANGED, now=now)


asking_stopped.connect(owed_cancel, dispatch_uid="owed_cancel")
# The due dates first: whoever is away is owed nothing yet.
campaign_launched.connect(launched_leaves, dispatch_uid="launched_leaves")
campaign_launched.connect(launched_plan, dispatch_uid="launched_plan")
policy_changed.connect(removed_cancel, dispatch_uid="removed_cancel")
directory_changing.connect(joiners_add, dispatch_uid="joiners_add")
directory_changed.connect(joiners_record, dispatch_uid="joiners_record")
campaign_resuming.connect(clocks_shift, dispatch_uid="clocks_shift")
