"""The sending rate, held by all runs together: tries of the last minute and claims count."""

import sys
from datetime import datetime, timedelta

from django.conf import settings

from compliance.reminders.models import UNDER_WAY, Instance, Message, Outcome

UNLIMITED = sys.maxsize
_MINUTE = timedelta(minutes=1)


def allowance(*, now: datetime) -> int:
    """How many messages may be claimed now under `EMAIL_RATE_PER_MINUTE` (0: no limit).

    Belongs in the claim's transaction: it locks the instance's row, so that two claims cannot
    count the same room twice. No minute sees more tries than the rate.
    """
    rate = settings.EMAIL_RATE_PER_MINUTE
    if not rate:
        return UNLIMITED
    Instance.objects.select_for_update().filter(id=1).first()
    tried = Outcome.objects.filter(attempt__gt=0, at__gt=now - _MINUTE).count()
    claimed = Message.objects.filter(state__in=UNDER_WAY).count()
    return max(0, rate - tried - claimed)
