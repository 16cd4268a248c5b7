"""The pages of campaigns: who may see them, what they say, and that looking changes nothing."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.signin.models import User
from compliance.attestations.models import Attestation
from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from tests.factories import (
    NOON,
    AssignmentFactory,
    CampaignFactory,
    MessageFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
READ = ["campaigns", "campaign", "campaign_people", "assignment"]
WRITE_FORMS = ["campaign_new", "campaign_edit", "campaign_close", "campaign_extend"]
POSTS = ["campaign_discard", "campaign_pause", "campaign_resume", "assignment_revoke"]


@pytest.fixture
def address(running: Campaign, spring: Campaign) -> Any:
    """The address of a page by its name."""

    def of(name: Any) -> Any:
        if name in {"campaigns", "campaign_new"}:
            return reverse(name)
        if name.startswith("assignment"):
            return reverse(name, args=[running.assignments.earliest("sort_name").pk])
        subject = spring if name in {"campaign_edit", "campaign_discard"} else running
        return reverse(name, args=[subject.pk])

    return of


@pytest.mark.parametrize("name", READ)
def test_officer_admin_and_auditor_read(
    name: Any, address: Any, as_alice: Client, as_ada: Client, as_aino: Client
) -> None:
    for browser in (as_alice, as_ada, as_aino):
        assert browser.get(address(name)).status_code == 200


@pytest.mark.parametrize("name", WRITE_FORMS)
def test_only_officer_and_admin_open_forms(
    name: Any, address: Any, as_alice: Client, as_ada: Client, as_aino: Client
) -> None:
    """Fails when a view names the auditor: promise 7."""
    assert as_alice.get(address(name)).status_code == 200
    assert as_ada.get(address(name)).status_code == 200
    assert as_aino.get(address(name)).status_code == 403
    assert as_aino.post(address(name)).status_code == 403


@pytest.mark.parametrize("name", POSTS)
def test_buttons_take_posts_of_officers_and_admins_only(
    name: Any, address: Any, as_alice: Client, as_aino: Client
) -> None:
    assert as_alice.get(address(name)).status_code == 405
    assert as_aino.post(address(name)).status_code == 403


@pytest.mark.parametrize("name", READ + WRITE_FORMS + POSTS)
def test_an_outsider_is_sent_to_sign_in(name: Any, address: Any, as_mallory: Client) -> None:
    for answer in (as_mallory.get(address(name)), as_mallory.post(address(name))):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize("name", READ + WRITE_FORMS)
def test_looking_changes_nothing(name: Any, address: Any, as_alice: Client) -> None:
    """Fails when a page writes as it is read: promise 3."""
    page = address(name)
    for method in (as_alice.get, as_alice.head):
        with CaptureQueriesContext(connection) as queries:
            method(page)
        written = [
            q["sql"] for q in queries if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}
        ]
        assert not written


def test_the_list_shows_how_many_were_asked_and_answered(
    running: Campaign, spring: Campaign, as_alice: Client
) -> None:
    running.assignments.filter(first_name="Bob").update(closed_at=NOON, answer="was_off")
    page = as_alice.get(reverse("campaigns")).content.decode()
    assert running.name in page
    assert 'data-label="Asked" class="num">2<' in page
    assert 'data-label="Answered" class="num">1<' in page


def test_the_list_offers_the_first_campaign(
    linkedin: GuideVersion, as_alice: Client, as_aino: Client
) -> None:
    assert "New campaign" in as_alice.get(reverse("campaigns")).content.decode()
    assert "New campaign" not in as_aino.get(reverse("campaigns")).content.decode()


def test_the_list_goes_on_to_older_campaigns(linkedin: GuideVersion, as_alice: Client) -> None:
    CampaignFactory.create_batch(21)
    first = as_alice.get(reverse("campaigns")).context
    assert len(first["rows"]) == 20
    assert len(as_alice.get(first["next_url"]).context["rows"]) == 1


def test_the_progress_page_counts_everybody(running: Campaign, as_alice: Client) -> None:
    running.assignments.filter(first_name="Bob").update(
        closed_at=NOON, answered_at=NOON, answer="was_off"
    )
    page = as_alice.get(reverse("campaign", args=[running.pk]))
    text = page.content.decode()
    assert "50 % of the 2 people asked have answered" in text
    assert page.context["totals"].answered == 1
    assert '<title id="chart-title">1 of 2 people have answered</title>' in text
    assert "Launched by Alice Officer" in text
    assert "style=" not in text
    assert "<script" not in text


def test_fewer_than_five_answers_are_not_broken_down(running: Campaign, as_alice: Client) -> None:
    """Fails when the page shows answers as they are counted, without suppression."""
    running.assignments.update(closed_at=NOON, answered_at=NOON, answer="left_on")
    page = as_alice.get(reverse("campaign", args=[running.pk])).content.decode()
    assert "Left on" not in page
    assert "at least five people" in page


def test_small_groups_are_hidden_and_said_to_be(
    linkedin: GuideVersion, running: Campaign, as_alice: Client
) -> None:
    for country, people in (("DE", 6), ("FR", 2), ("US", 7)):
        for _ in range(people):
            AssignmentFactory.create(
                campaign=running,
                country=country,
                answer="was_off",
                answered_at=NOON,
                closed_at=NOON,
            )
    page = as_alice.get(reverse("campaign", args=[running.pk]))
    by_country = page.context["breakdowns"].groups[1]
    assert [name for name, _ in by_country.rows] == ["US"]
    assert by_country.hidden == ("DE", "FR")
    assert "2 groups are not shown" in page.content.decode()


def test_the_pages_ask_the_database_no_more_for_more_people(
    running: Campaign, as_alice: Client
) -> Any:
    def statements(name: Any) -> Any:
        with CaptureQueriesContext(connection) as queries:
            as_alice.get(reverse(name, args=[running.pk]))
        return len(queries)

    few = [statements(name) for name in ("campaign", "campaign_people")]
    for _ in range(40):
        AssignmentFactory.create(campaign=running)
    assert [statements(name) for name in ("campaign", "campaign_people")] == few


def test_lists_stand_behind_the_numbers(running: Campaign, as_alice: Client) -> None:
    running.assignments.filter(first_name="Bob").update(closed_at=NOON, answer="was_off")
    address = reverse("campaign_people", args=[running.pk])
    for query, names in {
        "": ["Bob Berger", "Carla Conti"],
        "?status=answered": ["Bob Berger"],
        "?status=open": ["Carla Conti"],
        "?status=excluded": [],
        "?country=US": ["Carla Conti"],
        "?department=Sales&status=open": ["Carla Conti"],
        "?department=": [],
        "?status=nonsense": ["Bob Berger", "Carla Conti"],
    }.items():
        page = as_alice.get(address + query).context["page"]
        assert [row.name for row, _ in page] == names, query


def test_a_list_pages_through_everyone(running: Campaign, as_alice: Client) -> None:
    for _ in range(60):
        AssignmentFactory.create(campaign=running)
    seen, address = [], reverse("campaign_people", args=[running.pk])
    while address:
        context = as_alice.get(address).context
        seen += [row.pk for row, _ in context["page"]]
        address = context["next_url"]
    assert len(seen) == len(set(seen)) == 62


def test_one_person_shows_answers_and_mails(
    running: Campaign, as_alice: Client, alice: User
) -> None:
    bobs = running.assignments.get(first_name="Bob")
    Attestation.objects.create(
        assignment=bobs,
        number=1,
        answer="left_on",
        at=NOON,
        language="de",
        seq=10_000,
        guide_version=running.guide_version,
        assurance="link",
    )
    mail = bobs.messages.first() or MessageFactory.create(assignment=bobs)
    mail.state, mail.attempts = "rejected", 1
    mail.save()
    mail.outcomes.create(attempt=1, state="rejected", at=NOON, code=550, answer="No such user")
    seen = as_alice.get(reverse("assignment", args=[bobs.pk])).content.decode()
    assert "Left on" not in seen
    page = as_alice.post(reverse("assignment_show", args=[bobs.pk]), follow=True).content.decode()
    for words in ("Left on", "550", "No such user", "bob@example.com", "Sales", "Send it again"):
        assert words in page


def test_the_auditor_sees_a_person_without_any_button(running: Campaign, as_aino: Client) -> None:
    bobs = running.assignments.get(first_name="Bob")
    page = as_aino.get(reverse("assignment", args=[bobs.pk])).content.decode()
    assert "Revoke" not in page


def test_pause_resume_extend_and_close_by_button(running: Campaign, as_alice: Client) -> Any:
    def now_is() -> Any:
        running.refresh_from_db()
        return running.state

    def press(name: Any, data: Any = None) -> Any:
        return as_alice.post(reverse(name, args=[running.pk]), data or {}, follow=True)

    press("campaign_pause")
    assert now_is() == "paused"
    assert "by now" in press("campaign_pause").content.decode()
    press("campaign_resume")
    assert now_is() == "running"
    press("campaign_extend", {"due_on": "2026-12-18", "closes_on": "2027-01-15"})
    assert now_is() == "running"
    assert running.due_on == date(2026, 12, 18)
    early = press("campaign_extend", {"due_on": "2026-12-01", "closes_on": "2027-01-15"})
    assert "choose these or later days" in early.content.decode()
    press("campaign_close")
    assert now_is() == "closed"
    kinds = list(running.decisions.values_list("kind", flat=True))
    assert kinds == ["launched", "paused", "resumed", "extended", "closed"]


def test_before_and_after_a_resume_the_pages_say_where_the_days_move_to(
    running: Campaign, as_alice: Client
) -> None:
    """Promise a catching up instead, or show the days as they stand, and this fails."""
    page, resume = (reverse(name, args=[running.pk]) for name in ("campaign", "campaign_resume"))
    as_alice.post(reverse("campaign_pause", args=[running.pk]))
    assert "stay as they are" in as_alice.get(page).content.decode()
    Campaign.objects.update(paused_on=date(2026, 11, 16))
    shown = as_alice.get(page).content.decode()
    assert "moves to <strong>Fri 18 Dec 2026</strong>" in shown
    assert "last day for answers to <strong>Thu 7 Jan 2027</strong>" in shown
    said = as_alice.post(resume, follow=True).content.decode()
    assert "the due date is Fri 18 Dec 2026 now, the last day for answers Thu 7 Jan 2027." in said
    running.refresh_from_db()
    assert (running.due_on, running.closes_on) == (date(2026, 12, 18), date(2027, 1, 7))


def test_a_link_is_revoked_by_button(running: Campaign, as_alice: Client) -> None:
    bobs = running.assignments.get(first_name="Bob")
    page = as_alice.post(reverse("assignment_revoke", args=[bobs.pk]), follow=True)
    assert "The link is revoked" in page.content.decode()
    assert Assignment.objects.get(pk=bobs.pk).link_version == 2
