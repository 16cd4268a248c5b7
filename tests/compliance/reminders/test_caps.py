"""Not too much for one person: a weekly cap, and two campaigns' mails of one day as one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_pause, campaign_resume
from compliance.guides.models import GuideVersion
from compliance.reminders.models import Message, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.services import messages_cancel
from tests.factories import NOON, AssignmentFactory, CampaignFactory, MessageFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def other(linkedin: GuideVersion) -> Campaign:
    """A second campaign that runs beside the first."""
    return CampaignFactory.create(running=True, guide_version=linkedin)


@pytest.fixture
def both(ask: Callable[..., Assignment], other: Campaign) -> tuple[Assignment, Assignment]:
    """One person, asked in two campaigns."""
    first = ask()
    return first, AssignmentFactory.create(campaign=other, employee=first.employee)


def mailed(assignment: Assignment, **fields: Any) -> Message:
    return MessageFactory.create(
        assignment=assignment, state=State.ACCEPTED, next_at=None, attempts=1, **fields
    )


def test_two_campaigns_mails_of_one_day_travel_as_one(
    both: tuple[Assignment, Assignment],
) -> None:
    assert reminders_plan(now=NOON) == 2
    carrier, rider = Message.objects.order_by("assignment__campaign")
    assert (carrier.carried_by, rider.carried_by) == (None, carrier)


def test_whoever_was_mailed_by_another_campaign_today_waits_for_tomorrow(
    both: tuple[Assignment, Assignment],
) -> None:
    """Without `mailed_elsewhere` the same person gets two mails on one day."""
    Assignment.objects.filter(pk=both[0].pk).update(
        invited_on=NOON.date(), counts_from=NOON.date(), mailed_on=NOON.date()
    )
    assert reminders_plan(now=NOON) == 0
    assert reminders_plan(now=NOON + timedelta(days=1)) == 1


def test_nothing_is_planned_beside_another_campaigns_mail_under_way(
    both: tuple[Assignment, Assignment],
) -> None:
    MessageFactory.create(
        assignment=both[0], state=State.LEASED, lease_until=NOON + timedelta(minutes=2)
    )
    assert reminders_plan(now=NOON) == 0


def test_nobody_gets_more_mails_in_a_week_than_the_company_allows(
    both: tuple[Assignment, Assignment], settings: Settings
) -> None:
    """The cap counts every campaign. Without `mailed_enough` the third mail of a week goes out."""
    settings.MAILS_PER_WEEK = 2
    mailed(both[0], step=0, dated_at=NOON - timedelta(days=6))
    mailed(both[0], step=3, dated_at=NOON - timedelta(days=3))
    Assignment.objects.filter(pk=both[0].pk).update(
        invited_on=date(2026, 11, 17), counts_from=date(2026, 11, 17), mailed_on=date(2026, 11, 20)
    )
    assert reminders_plan(now=NOON, campaign_id=both[1].campaign_id) == 0
    assert reminders_plan(now=NOON + timedelta(days=2), campaign_id=both[1].campaign_id) == 1


def test_a_mail_that_travelled_along_does_not_count(
    both: tuple[Assignment, Assignment], settings: Settings
) -> None:
    settings.MAILS_PER_WEEK = 2
    carrier = mailed(both[0], step=0, dated_at=NOON - timedelta(days=3))
    mailed(both[1], step=0, dated_at=NOON - timedelta(days=3), carried_by=carrier)
    Assignment.objects.update(
        invited_on=date(2026, 11, 18), counts_from=date(2026, 11, 18), mailed_on=date(2026, 11, 20)
    )
    assert reminders_plan(now=NOON) == 2


def test_without_a_cap_the_policy_alone_decides(
    both: tuple[Assignment, Assignment], settings: Settings
) -> None:
    settings.MAILS_PER_WEEK = 0
    for days in range(1, 6):
        mailed(both[0], step=days + 20, dated_at=NOON - timedelta(days=days))
    assert reminders_plan(now=NOON, campaign_id=both[1].campaign_id) == 1


def test_invitations_to_be_sent_at_once_know_no_cap(
    both: tuple[Assignment, Assignment], settings: Settings
) -> None:
    settings.MAILS_PER_WEEK = 1
    mailed(both[0], step=0, dated_at=NOON - timedelta(days=1))
    Campaign.objects.filter(pk=both[1].campaign_id).update(send_now=True)
    assert reminders_plan(now=NOON, campaign_id=both[1].campaign_id) == 1


def test_no_more_reminders_than_the_policy_allows_in_all(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    Campaign.objects.update(policy={**campaign.policy, "at_most": 1})
    bob = ask(invited=True)
    mailed(bob, step=3)
    assert reminders_plan(now=NOON + timedelta(days=9)) == 0


def test_a_superseded_reminder_does_not_count(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    Campaign.objects.update(policy={**campaign.policy, "at_most": 1})
    bob = ask(invited=True)
    MessageFactory.create(assignment=bob, step=3)
    assert reminders_plan(now=NOON + timedelta(days=9)) == 1
    assert Message.objects.get(step=3).state == State.CANCELLED


@pytest.mark.parametrize("how", ["pause", "leave"])
def test_what_is_owed_again_travels_as_one_within_its_hours(
    both: tuple[Assignment, Assignment], other: Campaign, campaign: Campaign, how: str
) -> None:
    """Without the carrier in `_owe_again` the person gets two mails on one day."""
    reminders_plan(now=NOON)
    later = NOON + timedelta(hours=1)
    if how == "pause":
        for each in (campaign, other):
            campaign_pause(campaign=each, user=None, now=NOON)
            campaign_resume(campaign=each, user=None, now=later)
    else:
        messages_cancel(assignments=Assignment.objects.all(), reason="on leave", now=NOON)
        later = NOON + timedelta(days=1)
    assert reminders_plan(now=later) == 2
    carrier, rider = Message.objects.order_by("assignment__campaign")
    assert (carrier.carried_by, rider.carried_by) == (None, carrier)
    assert carrier.leave_by == rider.leave_by == later.replace(hour=18)


def test_no_new_reminder_stands_beside_an_older_one_that_waits(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    """Whatever the order of statements: nobody has two reminders that could both leave."""
    waiting, fresh = ask(invited=True), ask(invited=True)
    MessageFactory.create(assignment=waiting, step=3)
    reminders_plan(now=NOON + timedelta(days=9))
    for person in (waiting, fresh):
        owed = person.messages.filter(next_at__isnull=False)
        assert [message.step for message in owed] == [7]
