"""Samples: drawn by a seed, so that anybody can draw them again."""

import hashlib

import pytest

from ledger.commands import Refusal
from ledger.models import Event
from reports.datasets.options import Options
from tests.reports.conftest import Written, facts, table
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both


def drawn(story: Scenario, written: Written, **options: object) -> list[str]:
    path = written(story, options=Options.from_json(options))
    return list(dict.fromkeys(row["Assignment"] for row in table(path, "Samples")))


def test_an_auditor_draws_the_sample_again_from_the_sheets_alone(
    story: Scenario, written: Written
) -> None:
    """As Method says it: SHA-256 of seed and assignment, sorted, the first ones."""
    path = written(story, options=Options(sample_size=3))
    seed = facts(path, "Method")["Seed of the sample"]
    everyone = [row["Assignment"] for row in table(path, "Population")]
    again = sorted(everyone, key=lambda id_: hashlib.sha256((seed + id_).encode()).hexdigest())
    assert list(dict.fromkeys(r["Assignment"] for r in table(path, "Samples"))) == again[:3]


def test_nobody_chooses_the_usual_seed(story: Scenario, written: Written) -> None:
    seed = facts(written(story), "Method")["Seed of the sample"]
    hash_ = bytes(Event.objects.get(seq=story.seq).hash).hex()
    assert seed == f"campaign:7@{story.seq}:{hash_}"


def test_another_seed_draws_others_and_the_same_seed_the_same(
    story: Scenario, written: Written
) -> None:
    first, again, other = (
        drawn(story, written, sample_size=3, sample_seed=seed) for seed in ("a", "a", "b")
    )
    assert first == again != other


def test_everything_about_a_drawn_person_is_told_in_the_ledgers_order(
    trouble: Scenario, written: Written
) -> None:
    trouble.come_back("emre")
    path = written(trouble, options=Options(sample_size=8))
    rows = table(path, "Samples")
    told = {
        name: [(row["What"], row["Detail"]) for row in rows if row["First name"] == name]
        for name in ("Gus", "Emre", "Hana", "Ivo")
    }
    assert told["Gus"] == [
        ("in scope", "asked"),
        ("mail owed", "Invitation"),
        ("mail owed", "Reminder, 7 working days after the invitation"),
        ("mail", "try 1: uncertain"),
        ("mail", "pending"),
        ("mail", "try 2: uncertain"),
        ("mail", "written_off"),
        ("answer", "no. 1: not_shown (language de, link assurance code)"),
    ]
    assert told["Emre"][-2:] == [("left", "missing"), ("came back", "asked again")]
    assert told["Hana"] == [("in scope", "not asked: no_setting_in_country")]
    assert told["Ivo"] == [("joined", "asked")]


def test_a_sample_of_nobody_is_an_empty_sheet(story: Scenario, written: Written) -> None:
    assert drawn(story, written, sample_size=0) == []


def test_a_sample_that_nobody_could_look_at_is_refused() -> None:
    with pytest.raises(Refusal, match="from 0 to 1000"):
        Options(sample_size=2000)
