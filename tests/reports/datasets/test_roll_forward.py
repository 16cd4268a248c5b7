"""Roll-forward and Movements: the last position's people become this one's."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from compliance.campaigns.models import Assignment
from ledger.commands import Refusal
from reports.datasets.options import Options
from reports.datasets.tally import Status
from tests.reports.conftest import Written, sections, table
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both
Rolled = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def rolled(written: Written) -> Rolled:
    """The sheet by section, from `previous` on."""

    def roll(story: Scenario, previous: int | None = None) -> dict[str, dict[str, Any]]:
        path = written(story, options=Options(previous=previous))
        return sections(path, "Roll-forward")

    return roll


def moved(story: Scenario, written: Written, previous: int | None = None) -> dict[str, Any]:
    """Movement, from, to and ledger number, by first name."""
    rows = table(written(story, options=Options(previous=previous)), "Movements")
    told = ("Movement", "From", "To", "Ledger no.")
    return {row["First name"].lower(): tuple(row[each] for each in told) for row in rows}


def seq_of(story: Scenario, who: str) -> int:
    return story.people[who].attestations.latest("number").seq


def test_it_begins_with_the_launch(story: Scenario, rolled: Rolled) -> None:
    said = rolled(story)
    assert said["From and to"] == {
        "Last position": story.campaign.launched_seq,
        "This position": story.seq,
    }
    assert said["In scope"] == {
        "At the last position": 7, "+ joined": 0, "= At this position": 7,
    }  # fmt: skip
    assert said["Open"] == {
        "At the last position": 6, "− to answered": -2, "− to left": -1, "= At this position": 3,
    }  # fmt: skip


def test_every_movement_names_its_entry(story: Scenario, written: Written) -> None:
    """Fails when the entry of another movement of the same person is shown."""
    gone = story.people["emre"].withdrawals.get().seq
    assert moved(story, written) == {
        "bob": ("answered", "open", "answered", seq_of(story, "bob")),
        "carla": ("answered", "open", "answered", seq_of(story, "carla")),
        "deniz": ("other answer", "open", "open", seq_of(story, "deniz")),
        "emre": ("left", "open", "left", gone),
    }


def test_it_goes_on_from_a_later_position(
    story: Scenario, written: Written, rolled: Rolled
) -> None:
    last = story.seq
    back = story.come_back("emre")
    story.answer("bob", "need_help")
    story.answer("carla", "left_on")
    joined = story.join("ivo", "2026-12-28")
    story.answer("ivo", "was_off")
    assert moved(story, written, last) == {
        "emre": ("came back", "left", "open", back),
        "bob": ("reopened", "answered", "open", seq_of(story, "bob")),
        "carla": ("other answer", "answered", "answered", seq_of(story, "carla")),
        "ivo": ("joined", None, "answered", joined),
    }
    said = rolled(story, last)
    assert said["Asked, and with the company"] == {
        "At the last position": 5, "+ from left": 1, "+ joined": 1, "− to erased": 0,
        "− to left": 0, "= At this position": 7,
    }  # fmt: skip
    assert said["Answered"] == {
        "At the last position": 2, "+ joined": 1, "− to open": -1, "= At this position": 2,
    }  # fmt: skip
    assert said["Without moving"]["Still answered, with another answer"] == 1


def test_whoever_left_and_came_back_in_between_did_not_move(
    story: Scenario, written: Written
) -> None:
    last = story.seq
    story.leave("gus")
    story.come_back("gus")
    assert moved(story, written, last) == {}


def test_an_export_of_the_next_quarter_begins_where_the_last_one_ended(
    story: Scenario, rolled: Rolled
) -> None:
    """What one export says at its end, the next one says at its beginning."""
    last, then = story.seq, rolled(story)
    story.answer("gus", "was_off")
    now = rolled(story, last)
    for status in ("Answered", "Open", "Left", "Excluded"):
        assert now[status]["At the last position"] == then[status]["= At this position"]


def test_a_position_before_the_launch_means_the_launch(story: Scenario, rolled: Rolled) -> None:
    assert rolled(story, 1)["In scope"]["At the last position"] == 7


def test_a_movement_that_is_missing_is_refused(
    story: Scenario, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails without the checks of `RollForward`."""
    nobody = Assignment.objects.none()
    monkeypatch.setattr("reports.datasets.movements.movers", lambda _: nobody)
    with pytest.raises(Refusal, match="Rolled forward: answered: Roll-forward says 0, the sheet"):
        written(story)


def test_people_who_were_not_there_at_the_last_position_are_missed(
    story: Scenario, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood = Counter({Status.OPEN: 5, Status.EXCLUDED: 1})
    monkeypatch.setattr("reports.datasets.roll_forward.opening", lambda _: stood)
    with pytest.raises(Refusal, match="In scope at the last position: the ledger says 7"):
        written(story)
