"""Whoever locks many people's assignments does so in the order of their keys: no deadlocks."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_extend, campaign_pause, campaign_resume
from compliance.reminders.leave_services import leave_record
from compliance.reminders.leaves import leaves_settle
from tests.compliance.reminders.test_races import Together, together
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["together"]
DAY = timedelta(days=1)
LATER = NOON + 8 * DAY


def extend(campaign: Campaign) -> object:
    return campaign_extend(
        campaign=campaign,
        due_on=date(2026, 12, 18),
        closes_on=date(2027, 1, 15),
        user=None,
        now=LATER,
    )


def resume(campaign: Campaign) -> object:
    return campaign_resume(campaign=campaign, user=None, now=LATER)


def settle(campaign: Campaign) -> object:
    return leaves_settle(now=LATER)


@pytest.mark.parametrize("work", [extend, resume, settle])
def test_whoever_waits_for_a_persons_row_holds_none_behind_it(
    campaign: Campaign,
    ask: Callable[..., Assignment],
    together: Together,
    work: Callable[[Campaign], object],
) -> None:
    """Fails without `rows_lock` in `due_dates_move`, `clocks_shift` and `_settle`: each UPDATE takes
    the rows as they lie in the table, and somebody who answers meanwhile is in a deadlock with it.
    """
    behind, first = (ask(pk=UUID(int=number), invited=True) for number in (2, 1))
    for person in (behind, first):
        leave_record(
            employee=person.person,
            starts_on=NOON.date() + DAY,
            ends_on=NOON.date() + 2 * DAY,
            user=None,
            now=NOON,
        )
    if work is resume:
        campaign_pause(campaign=campaign, user=None, now=NOON)
    rows: Any = Assignment.objects
    with transaction.atomic():
        rows.select_for_update(no_key=True).get(pk=first.pk)
        thread = together.begin(lambda: work(campaign))
        thread.join(0.5)
        assert thread.is_alive()
        rows.select_for_update(no_key=True, nowait=True).get(pk=behind.pk)
    together.end()
