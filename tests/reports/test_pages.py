"""The pages of exports: who sees them, what they do, what they refuse (promises 3 and 7)."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ledger.journal import position
from ledger.models import Event
from reports.building import exports_build_waiting
from reports.models import Export, ExportState
from reports.services import export_request
from tests.factories import NOON, CampaignFactory
from tests.reports.conftest import Written
from tests.reports.scenario import Scenario

LATER = NOON + timedelta(days=5)
LIST, NEW, VERIFIER = "/exports/", "/exports/new", "/exports/verify.py"


def page(export: Export) -> str:
    return reverse("export", args=[export.pk])


def download(export: Export) -> str:
    return reverse("export_download", args=[export.pk])


@pytest.fixture
def waiting(story: Scenario) -> Export:
    return export_request(campaign=story.campaign, user=None, now=LATER)


@pytest.fixture
def made(waiting: Export) -> Export:
    exports_build_waiting(clock=lambda: LATER)
    waiting.refresh_from_db()
    return waiting


def addresses(export: Export) -> Iterator[tuple[str, str]]:
    yield "get", LIST
    yield "post", NEW
    yield "get", page(export)
    yield "post", download(export)
    yield "post", reverse("export_again", args=[export.pk])
    yield "get", VERIFIER


def test_officers_administrators_and_auditors_may_everybody_else_may_not(
    made: Export, as_ada: Client, as_alice: Client, as_aino: Client, as_mallory: Client
) -> None:
    """Fails when a `@roles` is removed: a view without one is refused to all."""
    for method, address in addresses(made):
        data = {"campaign": made.campaign_id}
        for browser in (as_ada, as_alice, as_aino):
            assert getattr(browser, method)(address, data).status_code in (200, 302)
        refused = getattr(as_mallory, method)(address, data)
        assert refused.status_code == 302
        assert refused["Location"].startswith("/sign-in")


def test_looking_changes_nothing(
    made: Export, waiting: Export, as_aino: Client, django_assert_num_queries: object
) -> None:
    """GET and HEAD on every address; where only POST is meant they are refused (promise 3)."""
    before = position()
    for _, address in addresses(made):
        for method in ("get", "head"):
            assert getattr(as_aino, method)(address).status_code in (200, 405)
    assert position() == before
    assert Export.objects.count() == 1


def test_an_officer_asks_and_is_led_to_the_page(story: Scenario, as_alice: Client) -> None:
    answer = as_alice.post(NEW, {"campaign": story.campaign.pk, "as_of": ""})
    export = Export.objects.get()
    assert answer["Location"] == page(export)
    assert export.requested_by is not None


def test_a_position_ahead_is_refused_with_those_that_can_be_had(
    story: Scenario, as_alice: Client
) -> None:
    answer = as_alice.post(NEW, {"campaign": story.campaign.pk, "as_of": "999999"})
    assert answer.status_code == 400
    assert "not as of 999999" in answer.content.decode()
    assert not Export.objects.exists()


def test_a_draft_cannot_be_chosen(story: Scenario, as_alice: Client) -> None:
    draft = CampaignFactory.create(name="Not yet")
    assert "Not yet" not in as_alice.get(LIST).content.decode()
    answer = as_alice.post(NEW, {"campaign": draft.pk})
    assert answer.status_code == 400
    assert "Choose a campaign that was launched" in answer.content.decode()


def test_nonsense_is_answered_in_words(story: Scenario, as_alice: Client) -> None:
    for data in ({}, {"campaign": "x"}, {"campaign": story.campaign.pk, "as_of": "soon"}):
        assert as_alice.post(NEW, data).status_code == 400
    assert as_alice.get(LIST, {"before": "nonsense"}).status_code == 200
    assert as_alice.get(LIST, {"before": str(uuid4())}).status_code == 404
    assert as_alice.get(f"/exports/{uuid4()}/").status_code == 404
    assert as_alice.post(f"/exports/{uuid4()}/download").status_code == 404


def test_a_waiting_page_reloads_itself_until_the_file_is_there(
    waiting: Export, as_alice: Client
) -> None:
    refresh = 'http-equiv="refresh"'
    assert refresh in as_alice.get(page(waiting)).content.decode()
    exports_build_waiting(clock=lambda: LATER)
    waiting.refresh_from_db()
    ready = as_alice.get(page(waiting)).content.decode()
    assert refresh not in ready
    assert waiting.sha256 in ready


def test_progress_is_shown_in_rows(waiting: Export, as_alice: Client) -> None:
    Export.objects.update(state=ExportState.RUNNING, rows_done=1500, rows_total=6000)
    text = as_alice.get(page(waiting)).content.decode()
    assert "1,500 of 6,000 rows" in text
    assert 'value="25"' in text


def test_a_failure_is_explained_and_can_be_tried_again(waiting: Export, as_alice: Client) -> None:
    Export.objects.update(state=ExportState.FAILED, error="The disk is full.")
    text = as_alice.get(page(waiting)).content.decode()
    assert "The disk is full." in text
    answer = as_alice.post(reverse("export_again", args=[waiting.pk]))
    again = Export.objects.exclude(pk=waiting.pk).get()
    assert answer["Location"] == page(again)
    same = ("campaign_id", "seq", "kind", "options")
    assert [getattr(again, name) for name in same] == [getattr(waiting, name) for name in same]


def test_the_auditor_downloads_the_file_and_it_is_written_down(
    made: Export, as_aino: Client
) -> None:
    answer = as_aino.post(download(made))
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert made.file_name in answer["Content-Disposition"]
    assert "export.downloaded" in Event.objects.latest("seq").body


def test_a_file_that_is_not_ready_leads_back_to_the_page(waiting: Export, as_aino: Client) -> None:
    answer = as_aino.post(download(waiting), follow=True)
    assert "not ready yet" in answer.content.decode()


def test_the_list_goes_on_page_by_page(story: Scenario, as_aino: Client) -> None:
    for minute in range(55):
        Export.objects.create(
            campaign=story.campaign, seq=story.seq, requested_at=NOON + timedelta(minutes=minute)
        )
    first = as_aino.get(LIST).context
    second = as_aino.get(LIST + first["next_url"]).context
    assert (len(first["exports"]), len(second["exports"])) == (50, 5)
    assert not set(first["exports"]) & set(second["exports"])


def test_the_list_takes_the_same_number_of_queries_whatever_its_length(
    made: Export, as_aino: Client, django_assert_max_num_queries: object, written: Written
) -> None:
    for minute in range(20):
        Export.objects.create(
            campaign=made.campaign, seq=made.seq, requested_at=NOON + timedelta(minutes=minute)
        )
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        as_aino.get(LIST)


def test_without_a_launched_campaign_the_page_says_where_to_begin(
    as_alice: Client, linkedin: object
) -> None:
    assert "Nothing to prove yet" in as_alice.get(LIST).content.decode()
