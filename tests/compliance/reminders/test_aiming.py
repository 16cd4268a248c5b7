from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from compliance.campaigns.models import Assignment
from compliance.reminders.aiming import waiting_aim
from compliance.reminders.models import Message, State
from compliance.reminders.plan import reminders_plan
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]

EVENING = NOON + timedelta(hours=8)


def test_a_message_is_planned_within_the_persons_hours_and_aimed_at_them(
    ask: Callable[..., Assignment],
) -> None:
    person = ask(country="US")
    Assignment.objects.filter(pk=person.pk).update(time_zone="America/Los_Angeles")
    assert reminders_plan(now=NOON) == 0  # four in the morning
    assert reminders_plan(now=NOON + timedelta(hours=4)) == 1
    assert Message.objects.get().leave_by == datetime(2026, 11, 24, 2, tzinfo=UTC)


def test_what_missed_its_hours_waits_for_the_next_ones(owe: Callable[..., Message]) -> None:
    message = owe(leave_by=NOON + timedelta(hours=6))
    assert waiting_aim(now=NOON) == 0
    assert waiting_aim(now=EVENING) == 1
    message.refresh_from_db()
    assert message.next_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert message.leave_by == datetime(2026, 11, 24, 18, tzinfo=UTC)


def test_what_was_put_off_is_aimed_when_its_time_has_come(owe: Callable[..., Message]) -> None:
    later = NOON + timedelta(hours=12)
    owe(state=State.DEFERRED, next_at=later, leave_by=NOON + timedelta(hours=6))
    assert waiting_aim(now=EVENING) == 0
    assert waiting_aim(now=later) == 1


def test_what_may_leave_at_any_hour_stays(owe: Callable[..., Message]) -> None:
    owe(leave_by=None)
    assert waiting_aim(now=EVENING) == 0


def test_people_at_many_places_are_aimed_in_a_few_statements(
    ask: Callable[..., Assignment],
    owe: Callable[..., Message],
    django_assert_max_num_queries: object,
) -> None:
    zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo"]
    for number in range(12):
        person = ask()
        Assignment.objects.filter(pk=person.pk).update(time_zone=zones[number % 3])
        owe(person, leave_by=NOON)
    with django_assert_max_num_queries(13):  # type: ignore[operator]
        assert waiting_aim(now=EVENING) == 12
