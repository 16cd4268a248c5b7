"""As of a position: what comes later changes nothing (promise 5)."""

from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from ledger.commands import Refusal
from reports.datasets.position import position_take
from tests.factories import NOON, CampaignFactory
from tests.reports.conftest import Written, facts, table
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_the_same_position_gives_the_same_bytes_twice(story: Scenario, written: Written) -> None:
    assert digest(written(story)) == digest(written(story))


def test_nothing_that_comes_later_changes_an_earlier_position(
    story: Scenario, written: Written
) -> None:
    """Fails when any of the datasets' `seq <=` filters is removed (tried for answers, withdrawals
    both ways, messages, outcomes, links and decisions, one by one)."""
    before, seq = digest(written(story)), story.seq
    story.answer("bob", "left_on")
    story.answer("faye", "no_account")
    story.leave("gus")
    story.come_back("emre")
    message = story.mail("gus", step=1)
    story.outcome(message, "accepted", 250, "2.0.0 Ok")
    story.outcome(story.people["gus"].messages.get(step=0), "cancelled", attempt=0)
    story.outcome(story.people["faye"].messages.get(), "written_off", attempt=0)
    story.outcome(story.people["emre"].messages.get(), "uncertain", attempt=2)
    story.outcome(story.people["emre"].messages.get(), "pending", attempt=0)
    story.seal()
    story.link("gus", "shown")
    story.join("ivo", "2026-12-28")
    story.decide("closed", NOON)
    assert digest(written(story, seq)) == before
    assert digest(written(story)) != before


def test_a_correction_shows_from_its_position_on(story: Scenario, written: Written) -> None:
    seq = story.seq
    story.answer("bob", "left_on")
    then, now = (table(written(story, at), "Population")[0] for at in (seq, story.seq))
    assert (then["Answer"], now["Answer"]) == ("was_off", "left_on")


def test_somebody_who_is_back_had_left_before(story: Scenario, written: Written) -> None:
    seq = story.seq
    story.come_back("emre")
    then, now = (facts(written(story, at)) for at in (seq, story.seq))
    assert (then["Open"], then["Left: missing"]) == (3, 1)
    assert now["Open"] == 4
    assert "Left: missing" not in now


def test_dates_and_state_are_those_of_the_position(story: Scenario, written: Written) -> None:
    first = facts(written(story, story.campaign.launched_seq))
    story.decide("paused", NOON)
    assert first["Due"].isoformat().startswith("2026-12-11")
    assert (first["State"], facts(written(story))["State"]) == ("Running", "Paused")


def test_who_decided_is_named_by_reference_alone(story: Scenario, written: Written) -> None:
    """A user who changes their name must not change the bytes."""
    before = digest(written(story))
    get_user_model().objects.update(name="Somebody Else")
    assert digest(written(story)) == before


def test_a_draft_has_no_record(db: None, linkedin: object) -> None:
    with pytest.raises(Refusal, match="is a draft"):
        position_take(CampaignFactory.create(), 1)


def test_positions_before_the_launch_and_ahead_are_refused(story: Scenario) -> None:
    launch = story.campaign.launched_seq or 0
    for seq in (launch - 1, story.seq + 1, -5):
        with pytest.raises(Refusal, match=f"{launch} .its launch. to {story.seq} .now., not as of"):
            position_take(story.campaign, seq)
