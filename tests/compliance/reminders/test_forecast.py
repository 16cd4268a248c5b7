from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Campaign
from compliance.reminders.forecast import forecast
from tests.factories import NOON, CampaignFactory

MONDAY = date(2026, 11, 23)


@pytest.fixture
def draft() -> Any:
    def drafted(**fields: Any) -> Any:
        return CampaignFactory.build(guide_version=None, **fields)

    return drafted


def test_it_counts_every_mail_on_its_day_were_nobody_to_answer(
    draft: Callable[..., Campaign],
) -> None:
    result = forecast(draft(), people={"DE": 10, "US": 5}, now=NOON - timedelta(days=3))
    assert result.days == (
        (MONDAY, 15),
        (date(2026, 11, 26), 10),
        (date(2026, 11, 27), 5),  # Thanksgiving lies in between
        (date(2026, 12, 2), 10),
        (date(2026, 12, 3), 5),
        (date(2026, 12, 9), 10),
        (date(2026, 12, 10), 5),
    )
    assert result.total == 60


def test_nobody_means_nothing(draft: Callable[..., Campaign]) -> None:
    result = forecast(draft(), people={}, now=NOON)
    assert (result.days, result.total, result.invited_at) == ((), 0, None)


def test_it_tells_when_the_last_invitation_is_out_at_the_servers_rate(
    draft: Callable[..., Campaign], settings: Settings
) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 30
    result = forecast(draft(reminder_days=[]), people={"DE": 900}, now=NOON - timedelta(days=3))
    assert result.invited_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def test_what_does_not_fit_into_a_day_leaves_on_the_next_working_day(
    draft: Callable[..., Campaign], settings: Settings
) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 30  # 18,000 in ten hours
    campaign = draft(reminder_days=[], opens_on=date(2026, 11, 27))  # a Friday
    result = forecast(campaign, people={"DE": 20_000}, now=NOON)
    assert result.days == ((date(2026, 11, 27), 18_000), (date(2026, 11, 30), 2_000))
    assert result.invited_at == datetime(2026, 11, 30, 9, 6, 40, tzinfo=UTC)


def test_today_only_the_rest_of_the_window_counts(
    draft: Callable[..., Campaign], settings: Settings
) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 30
    result = forecast(draft(reminder_days=[]), people={"DE": 12_000}, now=NOON)
    assert result.days == ((MONDAY, 10_800), (date(2026, 11, 24), 1_200))


def test_in_the_evening_invitations_wait_for_the_morning(draft: Callable[..., Campaign]) -> None:
    result = forecast(draft(reminder_days=[]), people={"DE": 1}, now=NOON + timedelta(hours=7))
    assert result.days == ((date(2026, 11, 24), 1),)


def test_send_now_begins_at_once(draft: Callable[..., Campaign], settings: Settings) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 30
    saturday = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    campaign = draft(reminder_days=[], send_now=True, opens_on=saturday.date())
    result = forecast(campaign, people={"DE": 30}, now=saturday)
    assert result.invited_at == saturday + timedelta(minutes=1)


def test_nothing_is_promised_for_after_the_last_day(draft: Callable[..., Campaign]) -> None:
    campaign = draft(closes_on=date(2026, 12, 1))
    result = forecast(campaign, people={"DE": 1}, now=NOON - timedelta(days=3))
    assert [day for day, _ in result.days] == [MONDAY, date(2026, 11, 26)]
