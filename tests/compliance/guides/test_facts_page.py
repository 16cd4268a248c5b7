"""The page of a guide's facts."""

from typing import Any

import pytest
from django.test import Client

from compliance.guides.models import GuideVersion
from tests.compliance.guides.conftest import address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def facts_form(page: Any, **changes: Any) -> dict[str, Any]:
    """What a browser sends for the page of facts, with `changes`."""
    editor = page.context["editor"]
    data = {}
    for form in [editor.basics, *(form for table in editor.tables.values() for form in table)]:
        for field in form:
            value = field.value()
            data[field.html_name] = "" if value is None or value is False else value
    for table in editor.tables.values():
        for field in table.management_form:
            data[field.html_name] = field.value()
    return {**data, **changes}


def test_the_facts_page_saves_what_it_shows_unchanged(
    draft: GuideVersion, as_alice: Client
) -> None:
    url = address("guide_edit", draft)
    as_alice.post(url, facts_form(as_alice.get(url)))
    assert GuideVersion.objects.get(pk=draft.pk).digest == draft.digest


def test_regions_are_added_changed_and_taken_away(draft: GuideVersion, as_alice: Client) -> None:
    url = address("guide_edit", draft)
    page = as_alice.get(url)
    changes = {
        "regions-0-DELETE": "on",
        "regions-1-shown_from": "2025-12-01",
        "regions-4-regions": "us, jp",
        "regions-4-shown_from": "2026-01-01",
    }
    as_alice.post(url, facts_form(page, **changes))
    rules = GuideVersion.objects.get(pk=draft.pk).parsed.regions
    assert [rule.label for rule in rules] == ["EEA, CA, CH, HK", "GB", "GB", "JP, US"]
    assert str(rules[0].shown_from) == "2025-12-01"


def test_a_mistake_in_a_row_is_told_in_that_row(draft: GuideVersion, as_alice: Client) -> None:
    url = address("guide_edit", draft)
    changes = {"regions-0-DELETE": "on", "regions-2-regions": "Germany", "facts-1-source": "Nobody"}
    answer = as_alice.post(url, facts_form(as_alice.get(url), **changes))
    assert answer.status_code == 422
    tables = answer.context["editor"].tables
    assert "such as DE" in tables["regions"][2].errors["regions"][0]
    assert "no source" in tables["facts"][1].errors["source"][0]
    assert GuideVersion.objects.get(pk=draft.pk).digest == draft.digest
