"""The reminder policy: text and JSON tell the same, codes say what they mean, edits look ahead."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.campaigns.policy import (
    INVITATION,
    LAST_OFFSET,
    MOST,
    MOST_STEPS,
    OPENING_MAX,
    Anchor,
    Policy,
    PolicyError,
    Step,
    Wording,
    due_offset,
    step_name,
)
from compliance.campaigns.policy_words import changes, reading
from compliance.reminders.schedule import Crowd, due_days, latest_due, occasion_day

MONDAY = date(2026, 11, 23)
WORDS = st.builds(
    Wording,
    st.text("abc äöü", max_size=9),
    st.text("abc.\n", max_size=20),
)
DUE_DATE = MONDAY + timedelta(days=21)


@st.composite
def policies(draw: Any, *, worded: bool = False) -> Policy:
    """Any usable policy, its steps in order."""
    wordings = st.dictionaries(st.sampled_from(["de", "en"]), WORDS) if worded else st.just({})
    offsets = {
        Anchor.INVITATION: st.integers(1, LAST_OFFSET),
        Anchor.DUE: st.integers(-LAST_OFFSET, LAST_OFFSET),
        Anchor.OVERDUE: st.integers(1, LAST_OFFSET),
    }
    steps = [
        Step(anchor, offset, wording=draw(wordings))
        for anchor in Anchor
        for offset in sorted(
            draw(st.sets(offsets[anchor], max_size=1 if anchor is Anchor.OVERDUE else 5))
        )
    ]
    return Policy(tuple(steps), draw(st.integers(1, MOST)))


SOON = st.integers(1, 12)


@st.composite
def near_policies(draw: Any) -> Policy:
    """Policies whose steps come due within the weeks that a test walks through."""
    text = [
        *map(str, sorted(draw(st.sets(SOON, max_size=3)))),
        *(f"due{n:+d}" for n in sorted(draw(st.sets(SOON, max_size=2)))),
        *(f"every {n}" for n in draw(st.sets(st.integers(1, 5), max_size=1))),
        f"at most {draw(st.integers(1, 6))}",
    ]
    return Policy.from_text(", ".join(text))


@given(policies())
def test_what_a_policy_says_is_read_as_the_same_policy(policy: Policy) -> None:
    assert policy.checked() is policy
    assert Policy.from_text(policy.text) == (policy if policy.steps else Policy())


@given(policies(worded=True))
def test_what_a_campaign_keeps_is_read_as_the_same_policy(policy: Policy) -> None:
    assert Policy.from_json(policy.to_json()) == policy


@given(policies(), st.integers(0, 20))
def test_a_code_says_what_the_step_means(policy: Policy, due_round: int) -> None:
    """Each of its times has a code of its own, and the code alone names it."""
    occasions = policy.occasions(due_round=due_round)
    assert len({occasion.code for occasion in occasions}) == len(occasions)
    for occasion in occasions:
        assert occasion.code != INVITATION
        expected = None if occasion.anchor is Anchor.INVITATION else occasion.offset
        assert due_offset(occasion.code) == expected


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0, "Invitation"),
        (1, "Reminder, 1 working day after the invitation"),
        (998, "Reminder, 2 working days before the due date"),
        (1000, "Reminder, on the due date"),
        (3005, "Reminder, 5 working days after the due date"),
        (1250, "Reminder, 250 working days after the due date"),
        (750, "Reminder, 250 working days before the due date"),
    ],
)
def test_messages_are_named_by_their_code(code: int, name: str) -> None:
    assert step_name(code) == name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3, soon", "“soon” is no step"),
        ("0", "The step “0” is not usable"),
        ("251", "from 1 to 250"),
        ("3, 3", "stands there twice"),
        ("every 5, every 6", "more than one"),
        ("3, at most 0", "“at most 0” is not usable"),
        ("3, at most 21", "from 1 to 20"),
        ("due--2", "is no step"),
        (", ".join(map(str, range(1, MOST_STEPS + 2))), "There are 41 steps"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(text: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        Policy.from_text(text)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (Wording(subject="a\nb"), "line break"),
        (Wording(subject="x" * 151), "has 151 characters"),
        (Wording(opening="x" * (OPENING_MAX + 1)), "has 2001 characters"),
        (Wording(opening="名" * 700), "Keep it to 666 characters"),
        (Wording(opening="see HTTPS://example.com"), "The only link"),
        (Wording(opening="see www.example.com"), "The only link"),
        (Wording(opening="a\x00b"), "control character"),
        (Wording(opening="a\u2028b"), "control character"),
    ],
)
def test_own_words_hold_no_links_and_no_control_characters(words: Wording, problem: str) -> None:
    """Fails when a policy does not look at its words."""
    policy = Policy((Step(Anchor.INVITATION, 3, wording={"en": words}),))
    assert any(problem in found for found in policy.problems())
    assert not list(Wording("Bitte – jetzt", "Zeile eins\n\nZeile zwei …").problems())


def test_rewriting_keeps_the_words_of_steps_that_stay() -> None:
    """Fails when a form writes the text alone."""
    old = Policy.from_text("3, 7").worded(Step(Anchor.INVITATION, 3), {"en": Wording("Hello")})
    new = old.rewritten("3, due, at most 2")
    assert new.text == "3, due, at most 2"
    assert [step.wording for step in new.steps] == [{"en": Wording("Hello")}, {}]


@given(near_policies(), near_policies(), st.integers(0, 30), st.booleans())
def test_an_edit_is_never_retroactive(old: Policy, new: Policy, days: int, weekly: bool) -> None:
    """Whatever is owed for a day before the edit was owed by the policy before it too.

    Fails without `since` for added steps, and when a higher limit lets times of days before in.
    """
    today = MONDAY + timedelta(days=days)
    mailed = MONDAY + timedelta(days=days // 2 if weekly else 0)
    crowd = Crowd("DE", "", MONDAY, DUE_DATE, mailed)
    before = {
        occasion.code: occasion_day(occasion, crowd) for occasion in old.occasions(due_round=0)
    }
    due = latest_due(
        due_days(old.edited(new, today=today).occasions(due_round=0), crowd), crowd, today
    )
    if due is not None and due.day < today:
        assert before.get(due.occasion.code) == due.day
        assert new.at_most <= old.at_most


@given(near_policies(), near_policies())
def test_an_edit_ends_in_the_policy_that_was_written(old: Policy, new: Policy) -> None:
    edited = old.edited(new, today=MONDAY)
    assert edited.text == new.text
    assert edited.edited(new, today=MONDAY + timedelta(days=1)) == edited


def test_a_step_that_is_taken_back_and_added_again_counts_from_then_on() -> None:
    without = Policy.from_text("3, 7").edited(Policy.from_text("7"), today=MONDAY)
    again = without.edited(Policy.from_text("3, 7"), today=MONDAY + timedelta(days=4))
    assert [step.since for step in again.steps] == [MONDAY + timedelta(days=4), None]


def test_a_policy_is_read_out() -> None:
    assert reading(Policy.from_text("1, due-2, due, every 5, at most 1")) == [
        "1 working day after the invitation",
        "2 working days before the due date",
        "on the due date",
        "every 5 working days while overdue",
        "at most 1 reminder for each person",
    ]
    assert reading(Policy()) == []


def test_what_a_change_does_is_told() -> None:
    old = Policy.from_text("3, 7, at most 2")
    new = old.rewritten("3, due").worded(Step(Anchor.INVITATION, 3), {"en": Wording("Hello")})
    told = changes(old, new)
    assert told.added == ("on the due date",)
    assert told.removed == ("7 working days after the invitation",)
    assert told.reworded == ("3 working days after the invitation",)
    assert told.limit == "at most 6 reminders instead of 2"
    assert not changes(old, old)
