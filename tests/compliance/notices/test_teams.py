"""What a manager may learn from counts: never about one person."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment, Campaign
from compliance.notices.teams import Range, blurred, managers_of_teams, teams
from tests.factories import AssignmentFactory

pytestmark = pytest.mark.django_db


@given(st.integers(5, 3_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_range_never_says_who(numbers: tuple[int, int]) -> None:
    """Neither nobody nor everybody is said, and five numbers stay possible (three in the smallest
    teams, which are cut in halves)."""
    answered, asked = numbers
    shown = blurred(answered, asked)
    assert shown.low <= answered <= shown.high
    assert shown.high - shown.low + 1 >= (5 if asked >= 9 else 3)
    assert (shown.low, shown.high) != (answered, answered)
    assert shown.rest.low == asked - shown.high


@given(st.integers(5, 500))
def test_ranges_cover_every_number_once(asked: int) -> None:
    """So that each says nothing but that the number lies in it."""
    shown = [blurred(answered, asked) for answered in range(asked + 1)]
    for one in set(shown):
        assert [n for n, other in enumerate(shown) if other == one] == list(
            range(one.low, one.high + 1)
        )


def test_examples() -> None:
    assert blurred(7, 23) == Range(5, 9, 23)
    assert blurred(23, 23) == Range(15, 23, 23)
    assert blurred(4, 5) == Range(3, 5, 5)
    assert blurred(0, 8) == Range(0, 4, 8)


def test_teams_of_five_are_counted_and_smaller_ones_are_not_there(
    campaign: Campaign, team: Callable[..., Employee]
) -> None:
    """House rule: none below five people."""
    five, four = team(5, 2), team(4, 4)
    found = {manager for manager, _country, _zone in managers_of_teams(campaign)}
    assert found == {five.pk}
    counted = teams(campaign, [five.pk, four.pk])
    assert {key: (one.asked, one.answered) for key, one in counted.items()} == {five.pk: (5, 2)}


def test_who_left_still_counts_and_who_was_never_asked_does_not(
    campaign: Campaign, team: Callable[..., Employee]
) -> None:
    """A number that falls when somebody leaves would say that they had not answered."""
    boss = team(6, 3)
    Assignment.objects.filter(manager=boss, closed_at=None).update(withdrawn=True)
    AssignmentFactory.create(campaign=campaign, manager=boss, excluded=True)
    assert teams(campaign, [boss.pk])[boss.pk].asked == 6


def test_many_managers_take_one_statement(
    campaign: Campaign,
    team: Callable[..., Employee],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    bosses = [team(5) for _ in range(3)]
    with django_assert_num_queries(2):
        assert len(list(managers_of_teams(campaign))) == 3
        assert len(teams(campaign, [boss.pk for boss in bosses])) == 3


def test_a_manager_who_left_is_not_there(campaign: Campaign, team: Callable[..., Employee]) -> None:
    team(6, left=True)
    assert list(managers_of_teams(campaign)) == []
