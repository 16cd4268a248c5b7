from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.campaigns.policy import Anchor, Policy
from compliance.reminders.calendar import working_day
from compliance.reminders.schedule import Crowd, due_days, latest_due

MONDAY = date(2026, 11, 23)
POLICY = "3, 7, due-2, due, every 5, at most 6"
INVITED = Crowd("DE", "", MONDAY, date(2026, 12, 11), MONDAY)


def due(day: date, crowd: Crowd = INVITED, policy: Any = POLICY) -> int | None:
    steps = policy if isinstance(policy, Policy) else Policy.from_text(policy)
    found = latest_due(due_days(steps.occasions(due_round=0), crowd), crowd, day)
    return found.occasion.code if found else None


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 25), None),
        (date(2026, 11, 26), 3),
        (date(2026, 12, 2), 7),
        (date(2026, 12, 9), 998),
        (date(2026, 12, 11), 1000),
        (date(2026, 12, 18), 1005),
        (date(2026, 12, 28), 1010),  # the 25th is a holiday
    ],
)
def test_each_step_comes_due_on_its_working_day(day: date, code: int | None) -> None:
    assert due(day) == code


def test_a_due_date_on_a_free_day_counts_from_the_working_day_before() -> None:
    on_sunday = replace(INVITED, due_on=date(2026, 12, 13))
    assert due(date(2026, 12, 9), on_sunday) == 998
    assert due(date(2026, 12, 11), on_sunday) == 1000


def test_days_that_were_missed_are_caught_up_with_the_latest_step_only() -> None:
    assert due(date(2026, 12, 7)) == 7
    assert due(date(2027, 1, 20)) == 1025


def test_a_mail_on_its_day_or_later_stands_for_a_step() -> None:
    """Without it an extended due date would bring a step of long ago back."""
    assert due(date(2026, 12, 7), replace(INVITED, mailed_on=date(2026, 12, 2))) is None


def test_of_two_steps_on_one_day_the_one_about_the_due_date_is_owed() -> None:
    short = replace(INVITED, due_on=date(2026, 11, 26))
    assert due(date(2026, 11, 26), short) == 1000


def test_nothing_is_owed_for_the_day_of_the_invitation_or_before() -> None:
    late = replace(INVITED, counts_from=date(2026, 12, 10), mailed_on=date(2026, 12, 10))
    assert due(date(2026, 12, 10), late) is None
    assert due(date(2026, 12, 11), late) == 1000


def test_a_step_that_is_added_is_never_owed_for_days_before() -> None:
    """Never retroactive: without `since` everybody gets a mail for a day that is over."""
    today = date(2026, 12, 4)
    old = Policy.from_text("3, due")
    edited = old.edited(Policy.from_text("3, 7, 9, due"), today=today)
    waiting = replace(INVITED, mailed_on=date(2026, 11, 26))
    assert due(today, waiting, edited) == 9  # the ninth working day is today
    assert due(today, waiting, old.edited(Policy.from_text("3, 7, due"), today=today)) is None


def test_a_step_that_stays_is_still_caught_up_after_an_edit() -> None:
    edited = Policy.from_text("3, due").edited(Policy.from_text("3, 8, due"), today=MONDAY)
    assert due(date(2026, 11, 30), INVITED, edited) == 3


@given(
    offsets=st.sets(st.integers(1, 12), max_size=4),
    around=st.sets(st.integers(-6, 6), max_size=4),
    every=st.none() | st.integers(1, 6),
    country=st.sampled_from(["DE", "SA", "US", "IC"]),
    span=st.integers(0, 40),
)
def test_walking_day_by_day_each_step_is_owed_once_and_on_working_days(
    offsets: set[int], around: set[int], every: int | None, country: str, span: int
) -> None:
    words = [*map(str, offsets), *(f"due{day:+d}" if day else "due" for day in around)]
    policy = Policy.from_text(", ".join([*words, *([f"every {every}"] if every else [])]))
    crowd = replace(INVITED, country=country, due_on=MONDAY + timedelta(days=span))
    codes = []
    for number in range(1, 90):
        today = MONDAY + timedelta(days=number)
        if working_day(country, today) and (code := due(today, crowd, policy)) is not None:
            codes.append(code)
            crowd = replace(crowd, mailed_on=today)
    assert len(codes) == len(set(codes))
    assert set(codes) <= {occasion.code for occasion in policy.occasions(due_round=0)}
    assert all(step.anchor in Anchor for step in policy.steps)


def test_after_the_due_date_a_mail_that_came_late_moves_the_next_ones_on() -> None:
    """Due on 1 December, on leave from the 7th to the 11th, reminded on the 14th instead of the
    8th: not again on the 15th. Fails without `_keeping_distance`.
    """
    back = replace(INVITED, due_on=date(2026, 12, 1), mailed_on=date(2026, 12, 1))
    days = []
    for number in range(28):
        today = date(2026, 12, 14) + timedelta(days=number)
        if working_day("DE", today) and due(today, back) is not None:
            days.append(today)
            back = replace(back, mailed_on=today)
    assert days == [date(2026, 12, 14), date(2026, 12, 21), date(2026, 12, 29), date(2027, 1, 6)]
