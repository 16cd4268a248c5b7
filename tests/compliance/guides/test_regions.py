"""Where the setting is shown, and since when: data, not code."""

from datetime import date

import pytest

from compliance.guides.content import GuideContent
from compliance.guides.parsing import parse_content
from compliance.guides.regions import COUNTRIES, countries_of, region_tokens
from compliance.guides.shipped import CATALOGUE, shipped_guide
from tests.compliance.guides.test_parsing import DATA, changed


@pytest.fixture(scope="module")
def linkedin_content() -> GuideContent:
    return shipped_guide(CATALOGUE / "linkedin-ai-training.toml").content


@pytest.mark.parametrize(
    ("country", "day", "shown"),
    [
        ("US", date(2024, 9, 17), False),
        ("US", date(2024, 9, 18), True),
        ("BR", date(2024, 9, 18), True),
        ("DE", date(2025, 11, 2), False),
        ("DE", date(2025, 11, 3), True),
        ("NO", date(2025, 11, 2), False),
        ("CH", date(2025, 11, 3), True),
        ("CA", date(2025, 11, 2), False),
        ("HK", date(2025, 11, 3), True),
        ("GB", date(2024, 9, 19), True),
        ("GB", date(2024, 9, 20), False),
        ("GB", date(2025, 11, 2), False),
        ("GB", date(2025, 11, 3), True),
        ("", date(2000, 1, 1), None),
    ],
)
def test_linkedin_shows_the_setting_by_country_and_day(
    linkedin_content: GuideContent, country: str, day: date, shown: bool | None
) -> None:
    assert linkedin_content.setting_shown(country, day) is shown


@pytest.mark.parametrize("day", [date(2024, 9, 17), date(2025, 6, 1), date(2025, 11, 3)])
def test_the_set_for_sql_says_the_same_as_the_rule(
    linkedin_content: GuideContent, day: date
) -> None:
    without = linkedin_content.countries_without_setting(day)
    assert without == {
        code for code in COUNTRIES if linkedin_content.setting_shown(code, day) is False
    }
    assert "" not in without


def test_metas_form_is_shown_only_where_a_rule_names_the_country() -> None:
    meta = shipped_guide(CATALOGUE / "meta-ai-objection.toml").content
    today = date(2026, 11, 21)
    assert meta.setting_shown("FR", today)
    assert meta.setting_shown("GB", today)
    assert meta.setting_shown("US", today) is False
    assert "US" in meta.countries_without_setting(today)


def test_a_guide_without_rules_asks_everywhere() -> None:
    content = parse_content(changed(["regions"], []))
    assert content.setting_shown("DE", date(2000, 1, 1)) is True
    assert content.countries_without_setting(date(2000, 1, 1)) == frozenset()


def test_the_groups_hold_what_the_law_says() -> None:
    assert len(countries_of("EU")) == 27 + 7  # with the parts overseas that belong to it
    assert countries_of("EEA") - countries_of("EU") == {"IS", "LI", "NO"}
    assert countries_of("EEA") <= COUNTRIES
    assert not {"GB", "CH"} & countries_of("EEA")


def test_codes_are_read_in_either_case_and_shown_in_few_words() -> None:
    assert countries_of(" de ") == {"DE"}
    assert region_tokens(countries_of("EEA") | {"CH", "CA"}) == ["EEA", "CA", "CH"]
    assert region_tokens(frozenset({"*"})) == ["*"]


def test_a_guide_is_stale_on_the_ninety_first_day() -> None:
    content = parse_content(DATA)
    assert not content.stale(date(2027, 2, 19))
    assert content.stale(date(2027, 2, 20))


def test_the_language_falls_back_to_its_base_then_english_then_what_there_is() -> None:
    text = DATA["texts"]["en"]
    content = parse_content(changed(["texts"], {"de": text, "en": text, "fr": text}))
    assert content.languages == ("en", "de", "fr")
    assert content.language_for("de-AT") == "de"
    assert content.language_for("fr") == "fr"
    assert content.language_for("tr") == "en"
    assert content.language_for("") == "en"
    assert parse_content(changed(["texts"], {"de": text})).language_for("en") == "de"
