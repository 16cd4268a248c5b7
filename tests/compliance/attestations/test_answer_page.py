"""The page behind a personal link: what it says, what it never does, and for whom it is not there."""

import logging
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import Traveller

from compliance.answers import ANSWERS
from compliance.attestations.models import Attestation
from compliance.campaigns.links import token_make
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_close
from compliance.guides.models import GuideVersion
from ledger.models import Event
from tests.compliance.attestations.conftest import link
from tests.factories import NOON, AssignmentFactory, CampaignFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

PAGES = ["", "/data", "/data.json", "/receipt/1", "/receipt/1.txt"]
WRITES = re.compile(
    r"^\s*(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|.*FOR UPDATE)", re.IGNORECASE | re.DOTALL
)


def writes(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if WRITES.match(query["sql"])]


def text_of(response: Any) -> str:
    return unescape(bytes(response.content).decode())


def test_the_page_says_who_asks_what_how_and_why(phone: Client, for_bob: Assignment) -> None:
    page = text_of(phone.get(link(for_bob)))
    wording = for_bob.campaign.guide_version.parsed.text("de")
    for said in (
        "Guten Tag Bob,",
        "Example Works",
        wording.question,
        wording.why,
        *wording.steps.mobile,
        *wording.answers.values(),
        for_bob.campaign.guide_version.parsed.deep_link,
        "freiwillig",
        "berechtigtes Interesse (Art. 6 Abs. 1 Buchst. f DSGVO)",
        "36 Monate lang",
        "31. Dezember 2026",
        "privacy@example.com",
        'lang="de"',
    ):
        assert said in page


def test_none_of_the_seven_answers_is_preselected(phone: Client, for_carla: Assignment) -> None:
    page = text_of(phone.get(link(for_carla)))
    radios = re.findall(r'<input type="radio" name="answer" value="(\w+)"([^>]*)>', page)
    assert [code for code, _ in radios] == list(ANSWERS)
    assert not any("checked" in rest for _, rest in radios)


def test_a_computer_is_shown_the_steps_for_a_computer(phone: Client, for_carla: Assignment) -> None:
    page = text_of(phone.get(link(for_carla), headers={"user-agent": "Mozilla/5.0 (X11; Linux)"}))
    assert page.index("How to find it on a computer") < page.index("On a phone instead")


@pytest.mark.parametrize("rest", PAGES)
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_changes_nothing(
    phone: Client, for_bob: Assignment, rest: str, method: str
) -> None:
    """Promise 3: mail scanners fetch links. Tried with an `opened_at` saved on GET: named here."""
    answered(phone, for_bob, "was_off")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            response = getattr(phone, method)(link(for_bob, rest))
    assert writes(queries) == []
    assert response.status_code == (405 if method == "options" else 200)
    assert not response.cookies


def answered(phone: Client, assignment: Assignment, answer: str) -> Any:
    return phone.post(link(assignment), {"answer": answer, "confirm": "1"})


def test_pages_set_no_cookie_and_keep_no_session(phone: Client, for_bob: Assignment) -> None:
    """Promise 8. Tried with csrf_token in the form: a cookie appears."""
    phone.get(link(for_bob))
    phone.post(link(for_bob), {"answer": "was_off"})
    answered(phone, for_bob, "was_off")
    assert not phone.cookies


def test_choosing_writes_nothing_yet(phone: Client, for_carla: Assignment) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = phone.post(link(for_carla), {"answer": "left_on"})
    assert response.status_code == 200
    for said in ("Is this your answer?", "It is on, and I leave it on", "Confirm", "Back"):
        assert said in text_of(response)
    assert writes(queries) == []
    assert not Attestation.objects.exists()


def test_confirming_records_and_shows_the_receipt(phone: Client, for_carla: Assignment) -> None:
    response = answered(phone, for_carla, "left_on")
    assert response.status_code == 303
    assert response.headers["Location"] == link(for_carla, "/receipt/1")
    receipt = text_of(phone.get(response.headers["Location"]))
    assert "Thank you, Carla" in receipt
    assert "It is on, and I leave it on" in receipt
    assert Attestation.objects.get().answer == "left_on"


@pytest.mark.parametrize("form", [{}, {"answer": ""}, {"answer": "guilty"}, {"confirm": "1"}])
def test_a_post_without_an_answer_is_told_so(
    phone: Client, for_carla: Assignment, form: dict[str, str]
) -> None:
    response = phone.post(link(for_carla), form)
    assert response.status_code == 400
    assert "Please choose one of the answers" in text_of(response)
    assert not Attestation.objects.exists()


def test_an_answer_can_be_changed_and_both_stay(phone: Client, for_carla: Assignment) -> None:
    answered(phone, for_carla, "left_on")
    assert "You have answered" in text_of(phone.get(link(for_carla)))
    confirm = text_of(phone.post(link(for_carla), {"answer": "turned_off"}))
    assert "It replaces “It is on, and I leave it on”" in confirm
    answered(phone, for_carla, "turned_off")
    assert Attestation.objects.count() == 2
    assert "an earlier answer" in text_of(phone.get(link(for_carla, "/receipt/1")))


def test_asking_for_help_says_who_helps(phone: Client, for_carla: Assignment) -> None:
    receipt = text_of(phone.get(answered(phone, for_carla, "need_help").headers["Location"]))
    assert "Who can help" in receipt
    assert "privacy@example.com" in receipt


def test_too_many_changes_are_met_calmly(
    phone: Client, for_carla: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.attestations.services.LIMIT", 1)
    answered(phone, for_carla, "left_on")
    response = answered(phone, for_carla, "was_off")
    assert response.status_code == 409
    assert "please write to us" in text_of(response).lower()


def test_after_the_close_the_page_says_so(phone: Client, for_carla: Assignment) -> None:
    answered(phone, for_carla, "left_on")
    campaign_close(campaign=for_carla.campaign, user=None, now=NOON)
    response = phone.get(link(for_carla))
    assert response.status_code == 200
    assert "This question is closed" in text_of(response)
    assert "It is on, and I leave it on" in text_of(response)
    assert answered(phone, for_carla, "was_off").status_code == 409
    assert Attestation.objects.count() == 1


def test_after_the_last_day_the_page_is_closed_before_anything_ran(
    phone: Client, for_carla: Assignment, monday: Traveller
) -> None:
    monday.move_to(NOON + timedelta(days=39))
    assert "This question is closed" in text_of(phone.get(link(for_carla)))


def dead_links(campaign: Campaign) -> Iterator[str]:
    """One link of every kind that leads nowhere."""
    yield "/a/nonsense"
    yield f"/a/{'A' * 44}"
    yield f"/a/{token_make(uuid4(), 1)}"
    yield link(AssignmentFactory.create(campaign=campaign, excluded=True))
    yield link(AssignmentFactory.create(campaign=campaign, withdrawn=True))
    revoked = AssignmentFactory.create(campaign=campaign, link_version=2)
    yield f"/a/{token_make(revoked.pk, 1)}"
    version = campaign.guide_version
    draft = CampaignFactory.create(guide_version=version)
    yield link(AssignmentFactory.create(campaign=draft))
    tomorrow = NOON.date() + timedelta(days=1)
    ahead = CampaignFactory.create(running=True, guide_version=version, opens_on=tomorrow)
    yield link(AssignmentFactory.create(campaign=ahead))
    closed = CampaignFactory.create(closed=True, guide_version=version)
    yield link(AssignmentFactory.create(campaign=closed, excluded=True))


@pytest.mark.parametrize(
    ("method", "rest"), [("post", ""), *[("get", rest) for rest in PAGES], ("head", "")]
)
def test_every_dead_link_gets_the_same_answer(
    phone: Client, campaign: Campaign, rest: str, method: str
) -> None:
    """Tried with the exclusion check removed from `reachable`: one of them opens."""
    responses = [
        getattr(phone, method)(f"{path}{rest}", {"answer": "was_off", "confirm": "1"})
        for path in dead_links(campaign)
    ]
    answers = {
        (response.status_code, response.content, tuple(sorted(response.headers.items())))
        for response in responses
    }
    assert len(responses) == 9
    assert len(answers) == 1
    assert responses[0].status_code == 404
    assert not Attestation.objects.exists()


def test_a_token_that_we_did_not_make_costs_no_look_into_the_database(phone: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        phone.get(f"/a/{'A' * 44}")
    assert len(queries) == 0


def test_headers_keep_the_page_private(phone: Client, for_bob: Assignment) -> None:
    response = phone.get(link(for_bob))
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    page = text_of(response)
    assert set(re.findall(r'(?:src|action)="([^"]+)"', page)) <= {
        "/static/frame/mark.svg",
        link(for_bob),
    }
    away = re.findall(r'<a [^>]*href="https?://[^>]*>', page)
    assert away
    assert all("noreferrer" in anchor for anchor in away)


def test_the_token_reaches_no_log(
    phone: Client, for_bob: Assignment, campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    """Promise 8. Tried with the level of `django.request` lowered: the path of a 404 is logged."""
    caplog.set_level(logging.DEBUG)
    revoked = link(AssignmentFactory.create(campaign=campaign, withdrawn=True))
    for path in (link(for_bob), revoked, f"{revoked}x"):
        phone.get(path)
        phone.post(path, {})
        phone.post(path, {"answer": "was_off", "confirm": "1"})
        phone.delete(path)
        phone.get(f"{path}/receipt/77")
        token = path.removeprefix("/a/")
        assert token not in "\n".join(
            record.getMessage() for record in caplog.records if record.name != "django.db.backends"
        )


def test_the_token_stands_in_no_table(phone: Client, for_bob: Assignment) -> None:
    answered(phone, for_bob, "was_off")
    token = link(for_bob).removeprefix("/a/")
    assert not any(token in event.body for event in Event.objects.all())
    assert token not in str(Assignment.objects.values().get())


def test_a_name_is_text_never_markup(phone: Client, campaign: Campaign) -> None:
    assignment = AssignmentFactory.create(campaign=campaign, first_name="<script>alert(1)</script>")
    assert b"<script" not in phone.get(link(assignment)).content


def test_somebody_without_a_first_name_is_greeted_too(phone: Client, campaign: Campaign) -> None:
    assignment = AssignmentFactory.create(campaign=campaign, first_name="")
    assert "Hello," in text_of(phone.get(link(assignment)))
    answered(phone, assignment, "was_off")
    assert "<h1>Thank you</h1>" in text_of(phone.get(link(assignment, "/receipt/1")))


def test_without_a_reply_address_the_mail_itself_is_answered(
    phone: Client, linkedin: GuideVersion
) -> None:
    campaign = CampaignFactory.create(running=True, guide_version=linkedin)
    page = text_of(phone.get(link(AssignmentFactory.create(campaign=campaign))))
    assert "Reply to the e-mail that brought you here." in page


def test_a_dead_link_speaks_the_readers_language(phone: Client) -> None:
    response = phone.get("/a/nonsense", headers={"accept-language": "de-CH"})
    assert "Dieser Link führt nirgendwohin" in text_of(response)


def test_the_page_names_the_persons_own_due_date(phone: Client, for_carla: Assignment) -> None:
    """Fails when the page shows the campaign's day, or compares with it."""
    Assignment.objects.update(due_on=date(2026, 12, 18))
    assert "by 18 December 2026" in text_of(phone.get(link(for_carla)))
    Assignment.objects.update(due_on=date(2026, 11, 20))
    assert "until 31 December 2026" in text_of(phone.get(link(for_carla)))
