"""What reminders listen to; imported once by the app's `ready`."""

from datetime import datetime
from typing import Any

from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.campaigns.signals import asking_stopped, campaign_launched, campaign_resuming
from compliance.reminders.endings import CANCELLABLE
from compliance.reminders.models import Message
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
    rows = (
        Assignment.objects.filter(messages__in=owed).order_by("pk").select_for_update(no_key=True)
    )
    for _ in rows.values_list("pk").iterator():
        pass
    messages_cancel(assignments=assignments, reason=reason, now=now)


def launched_plan(*, campaign: Campaign, now: datetime, **_signal: Any) -> None:
    """Receiver of `campaign_launched`: what is due already is planned at once."""
    reminders_plan(now=now, campaign_id=campaign.pk)


asking_stopped.connect(owed_cancel, dispatch_uid="owed_cancel")
campaign_launched.connect(launched_plan, dispatch_uid="launched_plan")
campaign_resuming.connect(clocks_shift, dispatch_uid="clocks_shift")
