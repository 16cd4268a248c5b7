"""A guide's data: whatever is wrong with it is named by file and key."""

import contextlib
import copy
import json
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.answers import ANSWERS
from compliance.guides.content import GuideContent
from compliance.guides.parsing import parse_content
from compliance.guides.reader import ContentError

TEXT: dict[str, Any] = {
    "title": "Example: the switch",
    "question": "What did you see?",
    "why": "Because.",
    "steps": {"desktop": ["Click."], "mobile": ["Tap."]},
    "good_to_know": ["It works from then on."],
    "links": [{"label": "Form", "url": "https://example.com/form"}],
    "answers": {code: code for code in ANSWERS},
}
DATA: dict[str, Any] = {
    "platform": "Example",
    "setting": "Privacy",
    "toggle": "Train",
    "deep_link": "https://example.com/settings",
    "verified_on": "2026-11-21",
    "sources": [
        {"id": "Help", "title": "Help", "url": "https://example.com/help", "date": "2026-11-01"}
    ],
    "regions": [{"regions": ["EEA", "CH"], "shown_from": "2025-11-03", "source": "Help"}],
    "facts": [{"text": "It is on.", "certainty": "H", "source": "Help"}],
    "texts": {"en": TEXT},
}


def changed(path: Any, value: Any) -> dict[str, Any]:
    """DATA with `value` at `path`; `...` takes the key away."""
    data = copy.deepcopy(DATA)
    *parents, last = path
    place: Any = data
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "key", "hint"),
    [
        (["platform"], ..., "platform", "Write it in"),
        (["platform"], 7, "platform", "quotation marks"),
        (["platform"], "x" * 81, "platform", "at most 80"),
        (["platform"], "Exa\x0bmple", "platform", "control character"),
        (["platform"], "Exa\ufffemple", "platform", "control character"),
        (["plattform"], "Example", "plattform", "not known"),
        (["deep_link"], "http://example.com", "deep_link", "https://"),
        (["deep_link"], "javascript:alert(1)", "deep_link", "https://"),
        (["deep_link"], "https://[broken", "deep_link", "https://"),
        (["verified_on"], "21.11.2026", "verified_on", "2026-11-21"),
        (["verified_on"], ..., "verified_on", "2026-11-21"),
        (["sources"], "Help", "sources", "list"),
        (["sources", 0, "date"], ..., "sources.0.date", "missing"),
        (["facts", 0, "source"], "Nobody", "facts.0.source", "no source"),
        (["facts", 0, "certainty"], "L", "facts.0.certainty", "none of H, M"),
        (["facts", 0, "certainty"], "M", "facts.0.officer_note", "note for the officer"),
        (["regions", 0, "regions"], ["Germany"], "regions.0.regions", "such as DE"),
        (["regions", 0, "regions"], [], "regions.0.regions", "at least one"),
        (["regions", 0, "shown_until"], "2025-11-03", "regions.0.shown_until", "later"),
        (["texts"], {}, "texts", "at least one language"),
        (["texts", "german"], TEXT, "texts.german", "language code"),
        (["texts", "en"], "Hello", "texts.en", "table"),
        (["texts", "en", "question"], "", "texts.en.question", "missing"),
        (["texts", "en", "steps", "mobile"], [], "texts.en.steps.mobile", "at least one"),
        (["texts", "en", "steps", "mobile"], ["Tap."] * 13, "texts.en.steps.mobile", "at most 12"),
        (["texts", "en", "steps", "mobile"], ["Tap.", " "], "texts.en.steps.mobile.1", "leave"),
        (["texts", "en", "links", 0, "url"], "example.com", "texts.en.links.0.url", "https://"),
        (["texts", "en", "answers", "need_help"], ..., "texts.en.answers.need_help", "missing"),
        (["texts", "en", "answers", "maybe"], "Maybe", "texts.en.answers.maybe", "not known"),
    ],
)
def test_what_is_wrong_is_named_by_its_key_with_what_to_do(
    path: Any, value: Any, key: str, hint: str
) -> None:
    with pytest.raises(ContentError) as refusal:
        parse_content(changed(path, value), where="example.toml")
    messages = {problem.key: problem.message for problem in refusal.value.problems}
    assert hint in messages[key]
    assert str(refusal.value).startswith("example.toml: ")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ContentError) as refusal:
        parse_content({})
    assert {"platform", "setting", "toggle", "verified_on", "texts"} <= {
        problem.key for problem in refusal.value.problems
    }


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_table_is_refused(data: Any) -> None:
    with pytest.raises(ContentError):
        parse_content(data)


def test_a_guide_needs_no_link_no_facts_and_no_regions() -> None:
    data = {
        key: value
        for key, value in DATA.items()
        if key not in {"deep_link", "facts", "regions", "sources"}
    }
    assert parse_content(data).deep_link == ""


def test_groups_become_countries() -> None:
    region = parse_content(DATA).regions[0]
    assert {"DE", "FR", "IS", "NO", "CH"} <= set(region.regions)
    assert "GB" not in region.regions
    assert region.label == "EEA, CH"


# A busy machine is no finding.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
words = st.text(
    alphabet=string.ascii_letters + " äöüßé€中ع'\"\\<>&", min_size=1, max_size=80
).filter(str.strip)
answers = st.fixed_dictionaries(dict.fromkeys(ANSWERS, words))
texts = st.fixed_dictionaries(
    {
        "title": words,
        "question": words,
        "why": words,
        "steps": st.fixed_dictionaries(
            {
                "desktop": st.lists(words, min_size=1, max_size=12),
                "mobile": st.lists(words, min_size=1, max_size=12),
            }
        ),
        "good_to_know": st.lists(words, max_size=8),
        "answers": answers,
    }
)
days = st.dates().map(str)
guides = st.fixed_dictionaries(
    {
        "platform": words,
        "setting": words,
        "toggle": words,
        "verified_on": days,
        "regions": st.lists(
            st.fixed_dictionaries(
                {
                    "regions": st.lists(
                        st.sampled_from(["EEA", "EU", "*", "US", "de"]), min_size=1
                    ),
                    "shown_from": days,
                    "note": words,
                }
            ),
            max_size=4,
        ),
        "texts": st.dictionaries(st.sampled_from(["en", "de", "pt-BR"]), texts, min_size=1),
    }
)


@calm
@given(guides)
def test_what_is_stored_reads_back_as_the_same_guide_with_the_same_digest(data: Any) -> None:
    content = parse_content(data)
    again = parse_content(json.loads(json.dumps(content.plain())))
    assert again == content
    assert again.digest() == content.digest()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@calm
@given(st.dictionaries(st.sampled_from([*DATA]), json_values))
def test_whatever_is_handed_in_is_either_a_guide_or_refused(data: Any) -> None:
    with contextlib.suppress(ContentError):
        assert isinstance(parse_content(data), GuideContent)


def test_the_digest_knows_every_word_and_no_spelling_of_the_same_word() -> None:
    content = parse_content(DATA)
    reworded = parse_content(changed(["texts", "en", "question"], "What did you see there?"))
    composed = parse_content(changed(["texts", "en", "why"], "Für alle"))
    decomposed = parse_content(changed(["texts", "en", "why"], "Fu\u0308r alle"))
    assert content.digest() != reworded.digest()
    assert composed.digest() == decomposed.digest()
