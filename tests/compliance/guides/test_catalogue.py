"""The shipped catalogue: complete, in both languages, and careful in what it says."""

import re
from datetime import date
from pathlib import Path

import pytest

from compliance.answers import ANSWERS
from compliance.guides.reader import ContentError
from compliance.guides.shipped import CATALOGUE, ShippedGuide, shipped_guide, shipped_guides

FILES = sorted(CATALOGUE.glob("*.toml"))
SLUGS = [
    "linkedin-ai-training",
    "x-grok",
    "grok-com",
    "meta-ai-objection",
    "chatgpt-personal",
    "gemini-personal",
    "claude-personal",
    "microsoft-copilot-personal",
    "github-copilot-personal",
    "adobe-content-analysis",
]


def test_the_catalogue_is_there_with_linkedin_first() -> None:
    assert [guide.slug for guide in shipped_guides()] == SLUGS


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> ShippedGuide:
    return shipped_guide(request.param)


def test_every_shipped_guide_is_complete_in_english_and_german(shipped: ShippedGuide) -> None:
    assert shipped.content.languages == ("en", "de")
    for text in shipped.content.texts.values():
        assert [code for code, _label in text.choices] == list(ANSWERS)
        assert len(set(text.answers.values())) == len(ANSWERS)
        assert text.steps.desktop
        assert text.steps.mobile
        assert text.good_to_know


def test_both_languages_lead_the_same_way(shipped: ShippedGuide) -> None:
    english, german = shipped.content.texts["en"], shipped.content.texts["de"]
    assert len(english.steps.desktop) == len(german.steps.desktop)
    assert len(english.steps.mobile) == len(german.steps.mobile)
    assert [link.url for link in english.links] == [link.url for link in german.links]


def test_every_shipped_guide_has_sources_and_says_when_it_was_verified(
    shipped: ShippedGuide,
) -> None:
    assert shipped.content.sources
    assert all(fact.source for fact in shipped.content.facts)
    assert shipped.content.verified_on >= date(2026, 11, 21)
    assert shipped.content.deep_link.startswith("https://")


def test_doubts_are_told_to_the_officer_and_not_to_employees(shipped: ShippedGuide) -> None:
    notes = [fact.officer_note for fact in shipped.content.facts if fact.officer_note]
    employee = str(shipped.content.plain()["texts"])
    assert not [note for note in notes if note in employee]


def test_no_question_asks_whether_somebody_did_something(shipped: ShippedGuide) -> None:
    for text in shipped.content.texts.values():
        assert not re.search(
            r"did you (turn|switch|opt)|haben sie .*ausgeschaltet", text.question.lower()
        )


def test_the_wrong_advice_in_circulation_is_not_repeated(shipped: ShippedGuide) -> None:
    words = str(shipped.content.plain()).lower()
    for advice in (
        "turn on the toggle",
        "off by default",
        "every 60 days",
        "alle 60 tage",
        "repeat",
    ):
        assert advice not in words


def test_german_texts_say_sie(shipped: ShippedGuide) -> None:
    assert not re.search(r"\b(du|dein|deine|deinem|dir|dich)\b", str(shipped.content.texts["de"]))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "slug = ", "a.toml: file: This is no TOML"),
        ("b.toml", 'slug = "other"', "b.toml: slug: Write “b”"),
        ("c.toml", 'slug = "c"\nposition = "first"', "c.toml: position: Write a whole number"),
        ("d.toml", 'slug = "d"\nposition = 1', "d.toml: platform: This is missing"),
    ],
)
def test_a_faulty_file_is_refused_by_name(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as refusal:
        shipped_guides(tmp_path)
    assert message in str(refusal.value)
