"""The preflight, the test mail and the launch by button; and the sample company."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign, CampaignState
from compliance.guides.models import GuideVersion
from compliance.launch.obstacles import launch_notes
from compliance.reminders.models import Instance
from tests.compliance.launch.conftest import Inbox
from tests.factories import NOON, CampaignFactory, EmployeeFactory

pytestmark = pytest.mark.django_db
POSTS = ["campaign_launch", "campaign_test_mail"]


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def draft(linkedin: GuideVersion) -> Any:
    return CampaignFactory.create(reply_to="privacy@example.com")


def page_of(browser: Any, draft: Campaign) -> Any:
    return browser.get(reverse("campaign_preflight", args=[draft.pk]))


@pytest.mark.usefixtures("bob", "inbox")
def test_only_officer_and_admin_launch(
    draft: Campaign, as_alice: Client, as_ada: Client, as_aino: Client
) -> None:
    """Fails when a view names the auditor: promise 7."""
    assert page_of(as_alice, draft).status_code == 200
    assert page_of(as_ada, draft).status_code == 200
    assert page_of(as_aino, draft).status_code == 403
    for name in POSTS:
        address = reverse(name, args=[draft.pk])
        assert as_alice.get(address).status_code == 405
        assert as_aino.post(address).status_code == 403
    assert as_aino.post(reverse("sample_company")).status_code == 403
    draft.refresh_from_db()
    assert draft.state == CampaignState.DRAFT


@pytest.mark.parametrize("name", [*POSTS, "campaign_preflight"])
def test_an_outsider_is_sent_to_sign_in(name: Any, draft: Campaign, as_mallory: Client) -> None:
    answer = as_mallory.post(reverse(name, args=[draft.pk]))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign_in"))


def test_the_preflight_says_who_is_asked_and_which_mails_leave_when(
    draft: Campaign, bob: Employee, carla: Employee, inbox: Inbox, as_alice: Client
) -> None:
    page = page_of(as_alice, draft)
    text = page.content.decode()
    assert "Ready to launch" in text
    assert "2 people would be asked" in text
    assert page.context["preflight"].outlook.simulation.total == 8
    assert "Mon 23 Nov 2026" in text
    assert "Launch: ask 2 people" in text
    assert "disabled" not in text


def test_looking_at_the_preflight_changes_nothing(
    draft: Campaign, bob: Employee, inbox: Inbox, as_alice: Client
) -> None:
    """Fails when the preflight writes: promise 3. It calls the mail server, and sends nothing."""
    with CaptureQueriesContext(connection) as queries:
        page_of(as_alice, draft)
    written = [q["sql"] for q in queries if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert not written
    assert not inbox.mails


def test_every_obstacle_is_on_the_page_and_the_button_is_off(
    draft: Campaign, settings: Any, as_alice: Client
) -> None:
    settings.EMAIL_URL = ""
    Campaign.objects.update(opens_on="2026-11-01", legal_basis="")
    text = page_of(as_alice, draft).content.decode()
    for obstacle in ("in the past", "legal basis is missing", "Nobody is in scope", "EMAIL_URL"):
        assert obstacle in text
    assert "4 obstacles" in text
    assert "Launch: ask 0 people" in text
    assert "disabled" in text


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"reply_to": ""}, "no reply-to address"),
        ({"policy": {}}, "no reminders"),
    ],
)
@pytest.mark.usefixtures("bob", "inbox")
def test_what_is_worth_a_second_look_is_said(
    draft: Campaign, as_alice: Client, changes: Any, note: Any
) -> None:
    Campaign.objects.update(**changes)
    assert note in page_of(as_alice, draft).content.decode()


def test_a_guide_that_nobody_verified_for_long_is_worth_a_look(
    draft: Campaign, bob: Employee
) -> None:
    notes = launch_notes(draft, now=NOON.replace(year=2027, month=6))
    assert any("more than 90 days ago" in note for note in notes)


def test_held_sending_is_an_obstacle(
    draft: Campaign, bob: Employee, inbox: Inbox, as_alice: Client
) -> None:
    """Fails when the preflight does not ask whether this installation may send."""
    Instance.objects.create(
        id=1, fingerprint="0" * 64, held_since=NOON, held_reason="It was copied."
    )
    assert "Sending is held. It was copied." in page_of(as_alice, draft).content.decode()


def test_plain_http_is_an_obstacle_outside_of_this_machine(
    draft: Campaign, bob: Employee, inbox: Inbox, as_alice: Client, settings: Any
) -> None:
    settings.HTTPS = False
    assert "does not begin with https" in page_of(as_alice, draft).content.decode()
    settings.LOCAL = True
    text = page_of(as_alice, draft).content.decode()
    assert "does not begin with https" not in text
    assert "work on this machine only" in text


@pytest.mark.usefixtures("bob", "carla", "inbox")
def test_launching_by_button_asks_everybody(draft: Campaign, as_alice: Client, alice: User) -> None:
    page = as_alice.post(reverse("campaign_launch", args=[draft.pk]), follow=True)
    assert "Launched: 2 people are asked." in page.content.decode()
    draft.refresh_from_db()
    assert draft.state == CampaignState.RUNNING
    assert draft.decisions.get().user == alice
    again = as_alice.post(reverse("campaign_launch", args=[draft.pk]), follow=True)
    assert "by now" in again.content.decode()
    assert Assignment.objects.count() == 2


def test_a_launch_by_button_stops_at_an_obstacle(
    draft: Campaign, bob: Employee, settings: Any, as_alice: Client
) -> None:
    """Fails when the button trusts that the page was looked at."""
    settings.EMAIL_URL = ""
    page = as_alice.post(reverse("campaign_launch", args=[draft.pk]), follow=True)
    assert "EMAIL_URL" in page.content.decode()
    assert not Assignment.objects.exists()


def test_a_launched_campaigns_preflight_leads_to_its_progress(
    linkedin: GuideVersion, as_alice: Client
) -> None:
    campaign = CampaignFactory.create(running=True)
    assert page_of(as_alice, campaign).url == reverse("campaign", args=[campaign.pk])


def test_the_test_mail_goes_to_whoever_asks_for_it(
    draft: Campaign, bob: Employee, inbox: Inbox, as_alice: Client
) -> None:
    page = as_alice.post(reverse("campaign_test_mail", args=[draft.pk]), follow=True)
    assert "took the test mail" in page.content.decode()
    (mail,) = inbox.mails
    assert "alice@example.com" in mail["To"]
    assert not Assignment.objects.exists()


def test_a_test_mail_without_a_server_says_so(
    draft: Campaign, settings: Any, as_alice: Client
) -> None:
    settings.EMAIL_URL = ""
    page = as_alice.post(reverse("campaign_test_mail", args=[draft.pk]), follow=True)
    assert "mail server" in page.content.decode()


@pytest.fixture
def local(settings: Any) -> None:
    settings.LOCAL = True


def test_the_sample_company_is_imported_and_asked(
    linkedin: GuideVersion, local: Any, inbox: Inbox, as_alice: Client
) -> None:
    answer = as_alice.post(reverse("sample_company"))
    campaign = Campaign.objects.get()
    assert answer["Location"] == reverse("campaign", args=[campaign.pk])
    assert (campaign.state, campaign.send_now) == (CampaignState.RUNNING, True)
    assert Employee.objects.count() >= 200
    as_alice.post(reverse("sample_company"))
    assert Campaign.objects.count() == 1


def test_real_people_never_get_the_samples_mail(
    linkedin: GuideVersion, local: Any, inbox: Inbox, as_alice: Client
) -> None:
    """Fails when the sample does not look whose people are there."""
    EmployeeFactory.create()
    page = as_alice.post(reverse("sample_company"), follow=True)
    assert "people in the directory already" in page.content.decode()
    assert not Campaign.objects.exists()


def test_there_is_no_sample_company_in_production(linkedin: GuideVersion, as_alice: Client) -> None:
    assert as_alice.post(reverse("sample_company")).status_code == 404
