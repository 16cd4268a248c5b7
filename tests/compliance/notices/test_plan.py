"""Which notices are owed, and when."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.campaigns.services import campaign_pause
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.plan import alerts_plan, digests_plan, summaries_plan
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]

MONDAY = date(2026, 11, 23)
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
FACTS = {"refused": 23, "people": 50, "code": 550, "since": "2026-11-23T12:00:00.000000Z"}


def periods() -> list[date]:
    return list(Notice.objects.order_by("period").values_list("period", flat=True))


def test_every_officer_is_owed_one_digest_a_week(
    alice: User, ada: User, aino: User, campaign: Campaign
) -> None:
    """However often the planner runs, and from how many places."""
    digests_plan(now=NOON.replace(hour=7))
    assert not Notice.objects.exists()
    for hours in range(20):
        digests_plan(now=NOON.replace(hour=8) + timedelta(hours=hours * 6))
    notice = Notice.objects.get()
    assert (notice.addressee, notice.period, notice.kind) == (alice.ref, MONDAY, "digest")
    digests_plan(now=NOON + timedelta(days=7))
    assert periods() == [MONDAY, MONDAY + timedelta(days=7)]


def test_a_holiday_moves_the_digest_to_the_next_working_day(
    alice: User, settings: Settings
) -> None:
    settings.COMPANY_COUNTRY = "DE"
    easter_monday = datetime(2026, 4, 6, 9, tzinfo=UTC)
    digests_plan(now=easter_monday)
    assert not Notice.objects.exists()
    digests_plan(now=easter_monday + timedelta(days=1))
    assert periods() == [date(2026, 4, 6)]


def test_daily_means_each_working_day(alice: User, settings: Settings) -> None:
    settings.OFFICER_DIGEST = "daily"
    for days in range(7):
        digests_plan(now=NOON + timedelta(days=days))
    assert periods() == [MONDAY + timedelta(days=days) for days in range(5)]


def test_off_means_none(alice: User, settings: Settings) -> None:
    settings.OFFICER_DIGEST = "off"
    digests_plan(now=NOON)
    assert not Notice.objects.exists()


def test_without_officers_administrators_are_told(ada: User) -> None:
    digests_plan(now=NOON)
    assert Notice.objects.get().addressee == ada.ref


def test_a_pause_by_optrail_is_told_at_once_and_others_are_not(
    alice: User, campaign: Campaign
) -> None:
    saturday = NOON + timedelta(days=5)
    campaign_pause(campaign=campaign, user=None, now=saturday, reason="transport", facts=FACTS)
    alerts_plan(now=saturday)
    alerts_plan(now=saturday)
    notice = Notice.objects.get()
    assert (notice.kind, notice.campaign, notice.next_at) == ("alert", campaign, saturday)


def test_a_pause_by_a_person_is_no_news(alice: User, campaign: Campaign) -> None:
    campaign_pause(campaign=campaign, user=alice, now=NOON)
    alerts_plan(now=NOON)
    assert not Notice.objects.exists()


@pytest.fixture
def summed(campaign: Campaign) -> Campaign:
    """The campaign, with summaries for managers."""
    campaign.manager_summaries = True
    campaign.save()
    return campaign


def test_managers_of_five_are_owed_one_summary_a_week(
    summed: Campaign, team: Callable[..., Employee]
) -> None:
    boss, _small = team(5), team(4)
    summaries_plan(now=NOON)
    assert not Notice.objects.exists()
    for hours in range(10):
        summaries_plan(now=TUESDAY + timedelta(hours=6 * hours))
    notice = Notice.objects.get()
    assert notice.addressee == f"employee:{boss.pk}"
    assert (notice.kind, notice.period, notice.campaign) == (NoticeKind.SUMMARY, MONDAY, summed)
    summaries_plan(now=TUESDAY + timedelta(days=7))
    assert Notice.objects.count() == 2


def test_summaries_are_off_unless_the_campaign_wants_them(
    campaign: Campaign, team: Callable[..., Employee]
) -> None:
    team(9)
    summaries_plan(now=TUESDAY)
    assert not Notice.objects.exists()


def test_a_summary_waits_for_the_managers_own_tuesday_morning(
    summed: Campaign, team: Callable[..., Employee]
) -> None:
    team(5, country="US", time_zone="America/Los_Angeles")
    summaries_plan(now=datetime(2026, 11, 24, 0, 10, tzinfo=UTC))  # Monday afternoon there
    assert Notice.objects.get().next_at == datetime(2026, 11, 24, 16, tzinfo=UTC)
