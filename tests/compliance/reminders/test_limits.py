"""The sending limits: no minute and no day sees more than they allow, whoever takes."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.campaigns.models import Assurance
from compliance.reminders.limits import tokens_return, tokens_take
from compliance.reminders.models import Bucket, Instance
from tests.factories import NOON, CampaignFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def limits(settings: Settings) -> Settings:
    """Ten a minute, 25 a day."""
    Instance.objects.create(id=1, fingerprint="ours")
    settings.EMAIL_RATE_PER_MINUTE, settings.EMAIL_RATE_PER_DAY = 10, 25
    return settings


def after(**span: float) -> datetime:
    return NOON + timedelta(**span)


def test_a_minute_sees_no_more_than_the_rate(limits: Settings) -> None:
    assert tokens_take(7, now=NOON) == 7
    assert tokens_take(7, now=after(seconds=30)) == 3
    assert tokens_take(7, now=after(seconds=59.9)) == 0
    assert tokens_take(7, now=after(seconds=60)) == 7


def test_a_token_comes_back_no_moment_too_early(limits: Settings) -> None:
    """Fails when a slot counts from its beginning."""
    assert tokens_take(10, now=after(seconds=0.9)) == 10
    assert tokens_take(10, now=after(seconds=60.8)) == 0
    assert tokens_take(10, now=after(seconds=61)) == 10


def test_a_day_sees_no_more_than_its_limit(limits: Settings) -> None:
    assert [tokens_take(10, now=after(minutes=n)) for n in range(4)] == [10, 10, 5, 0]
    assert tokens_take(10, now=after(hours=23, minutes=59)) == 0
    assert tokens_take(10, now=after(hours=24)) == 10


@pytest.mark.parametrize(("assurance", "left"), [(Assurance.CODE, 1), (Assurance.LINK, 0)])
def test_a_tenth_is_left_to_codes_while_a_campaign_asks_for_them(
    limits: Settings, assurance: Assurance, left: int
) -> None:
    """Removed the share: fails, a code waits behind ten thousand invitations until it is over."""
    CampaignFactory.create(running=True, assurance=assurance)
    assert tokens_take(10, now=NOON, leave_codes=True) == 10 - left
    assert tokens_take(1, now=NOON) == left
    taken = [tokens_take(10, now=after(minutes=n), leave_codes=True) for n in range(1, 4)]
    assert sum(taken) == (25 - 10) - (3 if left else 0)  # of the day's 25, rounded up
    assert tokens_take(10, now=after(minutes=9)) == (3 if left else 0)


def test_without_limits_everything_may_go_and_nothing_is_counted(settings: Settings) -> None:
    settings.EMAIL_RATE_PER_MINUTE = settings.EMAIL_RATE_PER_DAY = 0
    assert tokens_take(1_000_000, now=NOON) == 1_000_000
    assert not Bucket.objects.exists()


def test_one_limit_alone_holds(limits: Settings) -> None:
    limits.EMAIL_RATE_PER_MINUTE = 0
    assert tokens_take(100, now=NOON) == 25
    limits.EMAIL_RATE_PER_MINUTE, limits.EMAIL_RATE_PER_DAY = 10, 0
    assert tokens_take(100, now=NOON) == 10


def test_what_was_not_used_may_be_taken_again(limits: Settings) -> None:
    tokens_take(10, now=NOON)
    tokens_return(4, taken_at=NOON)
    assert tokens_take(10, now=after(seconds=1)) == 4


def test_what_comes_back_late_makes_no_room_in_a_later_minute(limits: Settings) -> None:
    """Fails when tokens return to the newest slot: 14 within the second minute."""
    tokens_take(10, now=NOON)
    tokens_take(10, now=after(seconds=60))
    tokens_return(4, taken_at=NOON)
    assert tokens_take(10, now=after(seconds=61)) == 0


def test_a_claim_that_rolls_back_has_taken_nothing(limits: Settings) -> None:
    def failing_claim() -> None:
        with transaction.atomic():
            tokens_take(10, now=NOON)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing_claim()
    assert tokens_take(10, now=NOON) == 10


def test_a_worker_whose_clock_is_slow_counts_what_others_took(limits: Settings) -> None:
    assert tokens_take(10, now=after(seconds=50)) == 10
    assert tokens_take(10, now=NOON) == 0


def test_old_slots_are_forgotten(limits: Settings) -> None:
    limits.EMAIL_RATE_PER_DAY = 100_000
    for minute in range(10):
        tokens_take(1, now=after(minutes=minute))
    assert Bucket.objects.filter(span="minute").count() <= 3


def test_limits_need_an_installation_that_checked_itself(settings: Settings) -> None:
    """Without its row takers could not wait for each other."""
    settings.EMAIL_RATE_PER_MINUTE = 10
    with pytest.raises(Instance.DoesNotExist):
        tokens_take(1, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_takers_side_by_side_never_take_more_than_there_is(limits: Settings) -> None:
    """Fails when takers do not wait for each other at the instance's row (PostgreSQL)."""
    limits.EMAIL_RATE_PER_MINUTE, limits.EMAIL_RATE_PER_DAY = 100, 0
    granted: list[int] = []
    together = threading.Barrier(4)

    def take() -> None:
        together.wait()
        try:
            granted.extend(tokens_take(3, now=NOON) for _ in range(15))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 100
    assert Bucket.objects.get().taken == 100


# When (in thousandths of three spans), how many are wanted, how many of them are given back, and
# after how many further calls.
CALLS = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(1, 9), st.integers(0, 9), st.integers(0, 3)),
    max_size=30,
)


@pytest.mark.parametrize(("span", "limit"), [(MINUTE, 10), (DAY, 25)])
@pytest.mark.parametrize("in_order", [True, False])
@given(calls=CALLS)
@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_calls_no_window_sees_more_and_no_token_is_lost(
    limits: Settings, span: timedelta, limit: int, in_order: bool, calls: list[Any]
) -> None:
    """Also when the clocks of workers differ, by up to a span, and calls come out of order."""
    Bucket.objects.all().delete()
    limits.EMAIL_RATE_PER_MINUTE = limit if span == MINUTE else 0
    limits.EMAIL_RATE_PER_DAY = limit if span == DAY else 0
    used: Counter[datetime] = Counter()
    owed: list[tuple[int, datetime, int]] = []
    for number, (at, wanted, unused, later) in enumerate(sorted(calls) if in_order else calls):
        now = max(NOON + span * at / 1000, max(used, default=NOON) - span)
        granted = tokens_take(wanted, now=now)
        used[now] += granted
        if in_order and granted < wanted:  # a slot holds a token back for a sixtieth at most
            assert seen(used, now - span * 61 / 60, now) >= limit
        owed.append((number + later, now, min(unused, granted)))
        for entry in [entry for entry in owed if entry[0] <= number]:
            _, taken_at, count = entry
            owed.remove(entry)
            tokens_return(count, taken_at=taken_at)
            used[taken_at] -= count
        assert all(seen(used, last - span, last) <= limit for last in used)


def seen(used: Counter[datetime], first: datetime, last: datetime) -> int:
    """How many within (first, last]."""
    return sum(count for moment, count in used.items() if first < moment <= last)
