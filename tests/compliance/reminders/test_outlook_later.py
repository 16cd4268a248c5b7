"""The outlook of a campaign on its way: what it foretells is what the planner then owes."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import Policy
from compliance.campaigns.services import campaign_pause, campaign_resume
from compliance.reminders.calendar import local_day
from compliance.reminders.models import Message, State
from compliance.reminders.outlook import outlook, outlook_for
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON, MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def days_sent(clock: Clock, *, until: datetime) -> Counter[tuple[date, int]]:
    """What leaves from now to `until`, by each person's day."""
    since = clock.now
    while clock.now < until:
        if reminders_plan(now=clock.now) or Message.objects.owed().exists():
            pump(clock=clock)
        clock.move(hours=8)
    left = Message.objects.filter(state=State.ACCEPTED, dated_at__gte=since)
    return Counter(
        (local_day(each.assignment.time_zone, each.dated_at), each.step)
        for each in left.select_related("assignment")
        if each.dated_at
    )


@pytest.mark.parametrize("days", [1, 4, 9])
def test_after_a_pause_no_mail_is_foretold_that_everybody_had(
    server: Sink, campaign: Campaign, ask: Callable[..., Assignment], clock: Clock, days: int
) -> None:
    """A pause moves on the day of a step that was sent. Fails without `had` for people at work.

    Before the resume it is foretold as if it were now: fails without `crowd_resumed`.
    """
    Campaign.objects.update(
        policy=Policy.from_text("1, 3, 7, due-2, due, every 5, at most 8").to_json()
    )
    campaign.refresh_from_db()
    for _ in range(2):
        ask(country="DE")
    days_sent(clock, until=NOON + timedelta(days=days))
    ask(country="US")
    campaign = campaign_pause(campaign=campaign, user=None, now=clock.now)
    clock.move(days=7)
    while_paused = outlook(campaign, now=clock.now)
    campaign_resume(campaign=campaign, user=None, now=clock.now)
    campaign.refresh_from_db()
    assert outlook(campaign, now=clock.now) == while_paused
    foretold: Counter[tuple[date, int]] = Counter()
    for mail in while_paused.mails:
        foretold[mail.day, mail.code] += mail.people
    assert days_sent(clock, until=datetime(2027, 1, 20, tzinfo=UTC)) == foretold


def test_a_reminder_that_waits_is_still_to_come(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    """Fails when one that waits counts as one that was sent: the last of all was not foretold."""
    Campaign.objects.update(policy=Policy.from_text("1, 2, at most 2").to_json())
    bob = ask(invited=True)
    MessageFactory.create(assignment=bob, step=1, state=State.ACCEPTED, next_at=None)
    MessageFactory.create(assignment=bob, step=2, state=State.DEFERRED)
    Assignment.objects.update(mailed_on=date(2026, 11, 24))
    bob = Assignment.objects.select_related("campaign").get()
    assert [mail.code for mail in outlook_for(bob, now=NOON + timedelta(days=2)).mails] == [2]


def test_mails_of_this_week_count_towards_the_weeks_limit(
    server: Sink, settings: Settings, ask: Callable[..., Assignment], clock: Clock
) -> None:
    """Fails when only the last mail is looked at (`_lately`)."""
    settings.MAILS_PER_WEEK = 2
    Campaign.objects.update(policy=Policy.from_text("1, 2, 3").to_json())
    ask()
    days_sent(clock, until=NOON + timedelta(days=2))
    bob = Assignment.objects.select_related("campaign").get()
    foretold = Counter((mail.day, mail.code) for mail in outlook_for(bob, now=clock.now).mails)
    assert foretold == Counter({(date(2026, 11, 30), 3): 1})
    assert days_sent(clock, until=NOON + timedelta(days=14)) == foretold
