"""Method: what the workbook is evidence of, and how it was made."""

from typing import Any

import pytest

from reports.datasets.method_words import SOURCES
from reports.datasets.options import Options
from reports.models import SHEETS
from tests.reports.conftest import Written, facts
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both


def test_it_says_what_an_answer_is_and_what_made_the_file(
    story: Scenario, written: Written, settings: Any
) -> None:
    settings.COMMIT = "8c3e0fd"
    said = facts(written(story), "Method")
    assert said["It is"].startswith("A self-attestation")
    assert (said["Version"], said["Commit"]) == (settings.VERSION, "8c3e0fd")
    assert (said["Campaign"], said["As of ledger position"]) == ("campaign:7", story.seq)
    assert said["Made by"] == "Optrail"


def test_it_says_what_was_asked_for(story: Scenario, written: Written) -> None:
    options = Options.from_json(
        {
            "edition": "pseudonymous",
            "sample_size": 2,
            "sample_seed": "dice",
            "previous": story.seq - 1,
            "time_zone": "Europe/Berlin",
            "made_for": "user:1",
        }
    )
    said = facts(written(story, options=options), "Method")
    asked = ("Edition", "Sample", "Seed of the sample", "Time zone", "Made by", "Filters")
    assert [said[each] for each in asked] == [
        "pseudonymous", 2, "dice", "Europe/Berlin", "user:1", "none",
    ]  # fmt: skip
    assert said["Roll-forward from ledger position"] == story.seq - 1


def test_it_says_of_every_sheet_what_it_is_made_of() -> None:
    assert list(SOURCES) == [sheet for sheet in SHEETS if sheet not in ("Method", "Key")]
