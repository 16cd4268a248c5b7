"""Small groups cannot be read, nor worked out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.campaigns.suppression import suppressed

CODES = ("was_off", "turned_off", "left_on")
GROUPS = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.fixed_dictionaries({code: st.integers(0, 7) for code in CODES}),
)


def whole_of(groups: Any) -> Any:
    return {code: sum(group[code] for group in groups.values()) for code in CODES}


def people(counts: Any) -> Any:
    return sum(counts.values())


@given(GROUPS)
def test_nobody_in_a_group_below_five_can_be_worked_out(groups: Any) -> None:
    """Fails when only the small groups themselves are hidden: the whole gives the last one away."""
    shown = suppressed(groups, whole_of(groups))
    assert all(people(counts) >= 5 for counts in shown.groups.values())
    assert set(shown.groups) | set(shown.hidden) == set(groups)
    if shown.whole is None:
        assert people(whole_of(groups)) < 5
        assert not shown.groups
    elif people_hidden := people(shown.whole) - sum(map(people, shown.groups.values())):
        assert people_hidden >= 5
        assert len(shown.hidden) > 1


@given(GROUPS)
def test_large_groups_alone_are_all_shown(groups: Any) -> None:
    large = {name: counts for name, counts in groups.items() if people(counts) >= 5}
    assert not suppressed(large, whole_of(large)).hidden


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"a": 4, "b": 9, "c": 20}, ("a", "b")),
        ({"a": 4, "b": 1, "c": 20}, ("a", "b")),
        ({"a": 1, "b": 1, "c": 20, "d": 30}, ("a", "b", "c")),
        ({"a": 5, "b": 6}, ()),
        ({"a": 2}, ("a",)),
    ],
)
def test_the_smallest_groups_cover_each_other(sizes: Any, hidden: Any) -> None:
    groups = {
        name: {"was_off": size, "turned_off": 0, "left_on": 0} for name, size in sizes.items()
    }
    assert suppressed(groups, whole_of(groups)).hidden == hidden
