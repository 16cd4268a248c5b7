"""The pseudonymous edition, its key, filters, and people who were erased."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from reports.datasets.options import Edition, Options
from reports.datasets.position import position_take
from reports.datasets.pseudonyms import key_annex, pseudonym
from tests.reports.conftest import Written, facts, sections, table
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both
PSEUDONYMOUS = Options(edition=Edition.PSEUDONYMOUS, sample_size=8)
# Employee numbers, too; "Gus waits for it." is what an officer wrote.
NAMING = ("Bob", "Zimmer", "Gus", "Ünal", "example.com", "00001", "Ada Admin", "Not worth it")


def inside(path: Path) -> str:
    """Every text of the file's sheets."""
    with ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return "".join(archive.read(name).decode() for name in sheets)


def test_nobody_is_named_in_the_pseudonymous_edition(trouble: Scenario, written: Written) -> None:
    """Fails when one `identifies` is forgotten on a column (tried for each of them)."""
    trouble.campaign.reply_to = ""
    full, without = (written(trouble, options=o) for o in (Options(sample_size=8), PSEUDONYMOUS))
    assert all(name in inside(full) for name in NAMING)
    said = inside(without).replace("privacy@example.com", "")
    assert [name for name in NAMING if name in said] == []


def test_pseudonyms_are_the_same_on_every_sheet_and_at_every_position(
    trouble: Scenario, written: Written
) -> None:
    path = written(trouble, options=PSEUDONYMOUS)
    for sheet in (
        "Movements", "Population", "Attestations", "Messages", "Exclusions", "Exceptions", "Samples",
    ):  # fmt: skip
        rows = table(path, sheet)
        assert rows
        for row in rows:
            assert row["Pseudonym"] == pseudonym(row["Assignment"])
    assert facts(path)["In scope"] == 8


def test_the_order_does_not_tell_the_names(trouble: Scenario, written: Written) -> None:
    """Fails when `person_order` goes by name all the same: Zimmer comes before Ünal."""
    full, without = (table(written(trouble, options=o), "Movements") for o in (None, PSEUDONYMOUS))
    ids = [row["Assignment"] for row in without]
    assert ids == sorted(ids)
    assert ids != [row["Assignment"] for row in full]


def test_the_key_says_who_stands_behind_each_pseudonym(trouble: Scenario) -> None:
    key = key_annex(position_take(trouble.campaign, trouble.seq, PSEUDONYMOUS))
    titles = [column.title for column in key.columns]
    people = [dict(zip(titles, row, strict=True)) for row in key.rows()]
    assert len(people) == 8
    bob = next(person for person in people if person["First name"] == "Bob")
    assert bob["Pseudonym"] == pseudonym(str(bob["Assignment"]))
    assert (bob["Employee no."], bob["Manager"]) == ("00001", "Ada Admin")


def test_a_filter_shows_only_its_people_and_still_reconciles(
    trouble: Scenario, written: Written
) -> None:
    """Fails when one of the sheets forgets the filter, or the checks whom it leaves out."""
    options = Options.from_json({"filters": {"departments": ["Sales"]}, "sample_size": 8})
    path = written(trouble, options=options)
    for sheet in ("Population", "Attestations", "Messages", "Exceptions", "Samples", "Movements"):
        names = {row["First name"] for row in table(path, sheet)}
        assert names
        assert names <= {"Carla", "Faye", "Ivo"}
    assert facts(path)["In scope"] == 3
    assert facts(path)["Only these departments"] == "Sales"
    assert facts(path, "Integrity")["In scope"] == 8


def test_an_erased_person_counts_as_erased_whatever_they_were(
    story: Scenario, written: Written
) -> None:
    """Fails when `status_of` asks for the answer first; the leaf still gives the launch's root."""
    last = story.seq
    for number, who in enumerate(("bob", "gus", "hana"), 1):
        story.erase(who, number)
    path = written(story, options=Options(previous=last))
    rows = {row["Last name"]: row for row in table(path, "Population")}
    assert [row["Status"] for name, row in rows.items() if "erased" in name] == ["erased"] * 3
    assert rows["erased person 1"]["Answer"] == "was_off"
    said = facts(path)
    assert (said["In scope"], said["Erased"], said["Answered"], said["Open"]) == (7, 3, 1, 2)
    assert sections(path, "Roll-forward")["Erased"] == {
        "At the last position": 0, "+ from answered": 1, "+ from excluded": 1, "+ from open": 1,
        "= At this position": 3,
    }  # fmt: skip
    assert {row["Movement"] for row in table(path, "Movements")} == {"erased"}


def test_before_the_erasure_they_count_as_they_were(story: Scenario, written: Written) -> None:
    before = story.seq
    story.erase("bob")
    path = written(story, before)
    assert facts(path)["Answered"] == 2
    assert "erased person 1" in {row["Last name"] for row in table(path, "Population")}
