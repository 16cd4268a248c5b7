"""Options: one spelling for the same wishes, and a clear no to what cannot be."""

from typing import Any

import pytest

from ledger.commands import Refusal
from reports.datasets.options import Edition, Options
from reports.datasets.position import position_take
from reports.models import Export
from reports.services import export_request
from tests.factories import NOON
from tests.reports.scenario import Scenario

WANTED = {
    "edition": "pseudonymous",
    "sample_size": 3,
    "sample_seed": "audit-2026",
    "previous": 2,
    "time_zone": "Europe/Berlin",
    "filters": {"countries": ["AT", "DE"]},
    "made_for": "user:1",
}


def test_what_is_as_usual_is_left_out() -> None:
    assert Options().to_json() == Options.from_json({}).to_json() == {}
    assert Options.from_json({"sample_size": 25, "filters": {"countries": []}}).to_json() == {}


def test_options_are_told_and_read_alike() -> None:
    options = Options.from_json(WANTED)
    assert options.edition is Edition.PSEUDONYMOUS
    assert options.to_json() == WANTED
    swapped = {**WANTED, "filters": {"countries": ["DE", "AT", "DE"]}}
    assert Options.from_json(swapped).digest == options.digest != Options().digest


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"colour": "red"}, "no option “colour”"),
        ({"edition": "secret"}, "secret"),
        ({"sample_size": 1001}, "from 0 to 1000 assignments, not 1001"),
        ({"sample_size": "5"}, "not 5"),
        ({"sample_seed": "Bob's own"}, "A seed has at most 64"),
        ({"previous": 0}, "from 1 on"),
        ({"time_zone": "Mars/Base"}, "“Mars/Base” is no time zone"),
        ({"filters": {"name": ["Bob"]}}, "not by “name”"),
        ({"filters": ["DE"]}, "cannot be made with these options"),
    ],
)
def test_what_cannot_be_is_refused_in_words(wish: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        Options.from_json(wish)


@pytest.mark.both
def test_an_export_keeps_its_options(story: Scenario, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    usual = export_request(campaign=story.campaign, user=None, now=NOON)
    own = export_request(
        campaign=story.campaign, user=None, now=NOON, options=Options(sample_size=3)
    )
    kept = dict(Export.objects.values_list("pk", "options"))
    assert kept == {usual.pk: {"time_zone": "Europe/Berlin"}, own.pk: {"sample_size": 3}}


@pytest.mark.both
def test_a_roll_forward_begins_before_it_ends(story: Scenario) -> None:
    with pytest.raises(Refusal, match=f"to ledger position {story.seq} cannot begin at 999"):
        position_take(story.campaign, story.seq, Options(previous=999))
