"""The pages of guides: who sees them, what they show, and what their buttons do."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.signin.models import User
from compliance.answers import ANSWERS
from compliance.guides import services
from compliance.guides.models import Guide, GuideVersion
from tests.compliance.guides.conftest import address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
READING = ["guides", "guide", "guide_version", "guide_preview", "guide_compare"]
WRITING = ["guide_new", "guide_edit", "guide_text", "guide_language"]
BUTTONS = ["guide_copy", "guide_draft", "guide_publish", "guide_discard"]
BASICS = {
    "platform": "Example",
    "setting": "Privacy",
    "toggle": "Train on my data",
    "deep_link": "https://example.com/settings",
    "verified_on": "2026-11-21",
}
TEXT = {
    "title": "Example: the switch",
    "question": "What did you see?",
    "why": "It is your own choice.",
    "desktop": "Click here.\nThen there.",
    "mobile": "Tap here.",
    "good_to_know": "It works from then on.",
    "links": "Objection form | https://example.com/form",
    **{f"answer_{code}": f"Label {code}" for code in ANSWERS},
}


@pytest.mark.parametrize("name", READING)
def test_officers_auditors_and_administrators_read(
    name: str, draft: GuideVersion, as_alice: Client, as_aino: Client, as_ada: Client
) -> None:
    for browser in (as_alice, as_aino, as_ada):
        assert browser.get(address(name, draft)).status_code == 200


@pytest.mark.parametrize("name", [*WRITING, *BUTTONS])
def test_an_auditor_changes_nothing(name: str, draft: GuideVersion, as_aino: Client) -> None:
    before = GuideVersion.objects.values_list("pk", "digest", "published_at")
    for send in (as_aino.get, as_aino.post):
        assert send(address(name, draft)).status_code == 403
    assert list(GuideVersion.objects.values_list("pk", "digest", "published_at")) == list(before)


@pytest.mark.parametrize("name", [*READING, *WRITING, *BUTTONS])
def test_an_outsider_sees_nothing(name: str, draft: GuideVersion, as_mallory: Client) -> None:
    for send in (as_mallory.get, as_mallory.post):
        assert send(address(name, draft)).status_code in {302, 403}


@pytest.mark.parametrize("name", BUTTONS)
def test_opening_the_address_of_a_button_changes_nothing(
    name: str, draft: GuideVersion, as_alice: Client
) -> None:
    assert as_alice.get(address(name, draft)).status_code == 405
    draft.refresh_from_db()
    assert not draft.published


def test_the_list_shows_linkedin_first_and_drafts_as_such(
    draft: GuideVersion, as_alice: Client
) -> None:
    page = as_alice.get(reverse("guides")).text
    names = re.findall(r'<a href="/guides/([a-z0-9-]+)/">', page)
    assert names[0] == "linkedin-ai-training"
    assert names[-1] == "own-our-guide"
    assert "draft" in page
    assert "stale" not in page


def test_a_guide_that_nobody_verified_for_more_than_90_days_is_shown_as_stale(
    linkedin: GuideVersion, alice: User, as_alice: Client, time_machine: Any
) -> None:
    time_machine.move_to(datetime(2027, 2, 20, 12, tzinfo=UTC), tick=False)
    as_alice.force_login(alice)
    assert "stale" in as_alice.get(reverse("guides")).text
    assert "more than 90 days" in as_alice.get(address("guide", linkedin)).text


def test_the_list_asks_the_database_the_same_few_questions_however_long_it_is(
    linkedin: GuideVersion, as_alice: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        services.guide_copy(version=linkedin, name=f"Copy {number}")
    with django_assert_max_num_queries(5):
        as_alice.get(reverse("guides"))


def test_the_preview_shows_exactly_the_wording_in_the_chosen_language(
    linkedin: GuideVersion, as_alice: Client
) -> None:
    page = as_alice.get(address("guide_preview", linkedin), {"language": "de"}).text
    german = linkedin.parsed.texts["de"]
    assert '<html lang="de"' in page
    for words in (german.title, german.question, *german.steps.mobile, *german.answers.values()):
        assert words in page.replace("&amp;", "&")
    assert linkedin.parsed.deep_link in page
    assert "checked" not in page


def test_the_preview_puts_the_chosen_device_first_and_the_other_one_behind_a_fold(
    linkedin: GuideVersion, as_alice: Client
) -> None:
    text = linkedin.parsed.texts["en"]
    for device, first, second in (
        ("mobile", text.steps.mobile[0], text.steps.desktop[0]),
        ("desktop", text.steps.desktop[0], text.steps.mobile[0]),
    ):
        page = as_alice.get(address("guide_preview", linkedin), {"device": device}).text
        assert page.index(first) < page.index("<details") < page.index(second)


def test_doubts_stand_on_the_officers_page_and_not_in_the_preview(
    linkedin: GuideVersion, as_alice: Client
) -> None:
    note = next(fact.officer_note for fact in linkedin.parsed.facts if not fact.certain)
    assert note in as_alice.get(address("guide", linkedin)).text
    assert note not in as_alice.get(address("guide_preview", linkedin)).text


def test_the_page_holds_no_inline_code_or_style(
    linkedin: GuideVersion, draft: GuideVersion, as_alice: Client
) -> None:
    for name in ("guide", "guide_preview", "guide_edit", "guide_text"):
        page = as_alice.get(address(name, draft)).text
        assert "<script" not in page
        assert " style=" not in page


def test_a_guide_of_ones_own_from_a_blank_form_to_publication(as_alice: Client) -> None:
    url = reverse("guide_new")
    assert "I looked, and it was already off" in as_alice.get(url).text
    as_alice.post(url, {"name": "Our intranet", "language": "en", **BASICS, **TEXT})
    version = GuideVersion.objects.get(guide__name="Our intranet")
    text = version.parsed.texts["en"]
    assert text.steps.desktop == ("Click here.", "Then there.")
    assert text.links[0].url == "https://example.com/form"
    assert text.answers["need_help"] == "Label need_help"
    as_alice.post(address("guide_publish", version))
    assert version.guide.latest() == version


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("deep_link", "http://example.com", "beginning with https://"),
        ("desktop", "Step\n" * 13, "at most 12 fit"),
        ("links", "Objection form", "beginning with https://"),
        ("links", "| https://example.com", "This is missing"),
        ("why", "x" * 1501, "at most 1500"),
        ("answer_left_on", "", "This field is required"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_saved(
    as_alice: Client, field: str, value: Any, message: str
) -> None:
    data = {"name": "Ours", "language": "en", **BASICS, **TEXT, field: value}
    answer = as_alice.post(reverse("guide_new"), data)
    assert answer.status_code == 422
    form = next(form for form in answer.context["forms"] if field in form.fields)
    assert message in " ".join(form.errors[field])
    assert not Guide.objects.filter(name="Ours").exists()


def test_another_language_is_added_to_a_draft(draft: GuideVersion, as_alice: Client) -> None:
    answer = as_alice.get(address("guide_language", draft), {"language": "fr"})
    assert answer["Location"] == address("guide_text", draft, "fr")
    as_alice.post(answer["Location"], TEXT)
    draft = GuideVersion.objects.get(pk=draft.pk)
    assert draft.parsed.languages == ("en", "de", "fr")
    assert draft.parsed.text("fr").title == "Example: the switch"


def test_a_mistake_in_a_text_is_told_at_its_field(draft: GuideVersion, as_alice: Client) -> None:
    answer = as_alice.post(address("guide_text", draft), {**TEXT, "mobile": "Step\n" * 13})
    assert answer.status_code == 422
    assert "at most 12 fit" in answer.context["form"].errors["mobile"][0]
    assert GuideVersion.objects.get(pk=draft.pk).digest == draft.digest


def test_a_language_that_is_none_leads_back(draft: GuideVersion, as_alice: Client) -> None:
    answer = as_alice.get(address("guide_language", draft), {"language": "tlh"})
    assert answer["Location"] == address("guide_version", draft)
    assert as_alice.post(address("guide_text", draft, "klingon"), TEXT).status_code == 422


def test_what_changed_is_shown_side_by_side(draft: GuideVersion, as_alice: Client) -> None:
    as_alice.post(address("guide_text", draft, "en"), TEXT)
    page = as_alice.get(address("guide_compare", draft)).text
    assert "<ins>What did you see?</ins>" in page
    assert "texts › en › question" in page


def test_a_copy_is_made_by_a_button(linkedin: GuideVersion, as_alice: Client) -> None:
    answer = as_alice.post(address("guide_copy", linkedin), {"name": "Ours"})
    assert answer["Location"] == "/guides/own-ours/1/"
    as_alice.post(address("guide_copy", linkedin), {"name": ""})
    assert Guide.objects.filter(shipped=False).count() == 1


def test_a_published_version_sends_editors_back_with_the_reason(
    linkedin: GuideVersion, as_alice: Client
) -> None:
    for name in ("guide_edit", "guide_text", "guide_publish", "guide_discard"):
        answer = as_alice.post(address(name, linkedin), {**BASICS, **TEXT}, follow=True)
        assert "never changes" in answer.text
    assert GuideVersion.objects.get(pk=linkedin.pk).digest == linkedin.digest
    assert "Copy it" in as_alice.post(address("guide_draft", linkedin), follow=True).text


def test_a_draft_is_written_and_thrown_away_by_buttons(
    draft: GuideVersion, as_alice: Client
) -> None:
    assert as_alice.post(address("guide_draft", draft))["Location"] == address(
        "guide_version", draft
    )
    assert as_alice.post(address("guide_discard", draft))["Location"] == reverse("guides")
    assert not GuideVersion.objects.filter(pk=draft.pk).exists()


def test_an_unknown_guide_is_not_found(linkedin: GuideVersion, as_alice: Client) -> None:
    assert as_alice.get("/guides/nothing/").status_code == 404
    assert as_alice.get("/guides/linkedin-ai-training/99/").status_code == 404
    Guide.objects.create(slug="empty", name="Empty", platform="None")
    assert as_alice.get("/guides/empty/").status_code == 404
