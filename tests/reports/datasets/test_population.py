"""Population, Attestations, Messages, Exclusions: what the rows say."""

import pytest

from compliance.campaigns.models import Assignment
from tests.reports.conftest import Written, facts, table
from tests.reports.scenario import PEOPLE, Scenario

pytestmark = pytest.mark.both


def test_everybody_in_scope_stands_in_population_once(story: Scenario, written: Written) -> None:
    names = [row["First name"].lower() for row in table(written(story), "Population")]
    assert names == list(PEOPLE)


def test_each_person_has_the_status_that_the_ledger_gives(
    story: Scenario, written: Written
) -> None:
    rows = {row["First name"]: row for row in table(written(story), "Population")}
    status = {name: (row["Status"], row["Answer"], row["Reason"]) for name, row in rows.items()}
    assert status == {
        "Bob": ("answered", "was_off", None),
        "Carla": ("answered", "turned_off", None),
        "Deniz": ("open", "need_help", None),
        "Emre": ("left", None, "missing"),
        "Faye": ("open", None, None),
        "Gus": ("open", None, None),
        "Hana": ("excluded", None, "no_setting_in_country"),
    }
    assert rows["Carla"]["Corrections"] == 1
    assert (rows["Bob"]["Mails accepted"], rows["Faye"]["Mails undelivered"]) == (1, 1)
    assert rows["Bob"]["Last asked"] == "2026-11-23T12:01:00.000000Z"


def test_somebody_who_answered_and_left_has_answered(story: Scenario, written: Written) -> None:
    story.leave("bob")
    row = table(written(story), "Population")[0]
    assert (row["Status"], row["Answer"]) == ("answered", "was_off")


def test_every_answer_is_listed_and_the_last_one_stands(story: Scenario, written: Written) -> None:
    rows = [row for row in table(written(story), "Attestations") if row["First name"] == "Carla"]
    assert [(row["No."], row["Answer"], row["Stands"]) for row in rows] == [
        (1, "left_on", "no"),
        (2, "turned_off", "yes"),
    ]
    assert rows[0]["Answer as shown"] == "Er ist an, und ich lasse ihn an"
    assert rows[0]["Wording digest"] == story.campaign.guide_version.digest
    assert len(rows[0]["Event hash"]) == 64


def test_every_sealed_message_is_listed_with_what_the_server_said(
    story: Scenario, written: Written
) -> None:
    rows = {row["First name"]: row for row in table(written(story), "Messages")}
    assert len(rows) == 6
    faye = rows["Faye"]
    assert (faye["State"], faye["Tries"], faye["Server code"]) == ("rejected", 2, 550)
    assert faye["Server answer or reason"] == "5.1.1 No such user"
    assert rows["Gus"]["State"] == "pending"


def test_a_message_that_was_not_sealed_is_not_listed(story: Scenario, written: Written) -> None:
    story.mail("gus", step=1)
    assert len(table(written(story), "Messages")) == 6


def test_the_excluded_are_listed_with_their_reason(story: Scenario, written: Written) -> None:
    [row] = table(written(story), "Exclusions")
    assert row["First name"] == "Hana"
    assert row["Reason in words"] == "The setting is not shown in their country"


def test_names_are_those_of_the_launch_not_of_today(story: Scenario, written: Written) -> None:
    """Fails when the query joins the employee instead of reading the frozen columns."""
    person = Assignment.objects.select_related("employee").get(first_name="Bob")
    person.person.first_name, person.person.email = "Robert", "robert@example.com"
    person.person.save()
    row = table(written(story), "Population")[0]
    assert (row["First name"], row["Address"]) == ("Bob", "bob@example.com")


def test_the_exact_wording_stands_in_every_language(story: Scenario, written: Written) -> None:
    rows = table(written(story), "Wording")
    content = story.campaign.guide_version.parsed
    for language in content.languages:
        said = [row["Text"] for row in rows if row["Language"] == language]
        text = content.texts[language]
        assert {text.question, text.why, *text.steps.mobile, *text.answers.values()} <= set(said)


def test_the_summary_says_how_it_adds_up(story: Scenario, written: Written) -> None:
    said = facts(written(story))
    assert said["In scope"] == 7
    assert (said["Answered"], said["Open"]) == (2, 3)
    assert (said["Excluded: no_setting_in_country"], said["Left: missing"]) == (1, 1)
    assert (said["was_off"], said["turned_off"], said["left_on"], said["need_help"]) == (1, 1, 0, 1)
    assert (said["accepted"], said["rejected"], said["pending"]) == (4, 1, 1)
    assert said["Due"].isoformat() == "2026-12-14T00:00:00"
