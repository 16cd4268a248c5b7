"""Drafting a campaign, and whom it would reach."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.guides.models import GuideVersion
from ledger.models import Event
from tests.factories import (
    EmployeeFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def form_data(version: Any, **changes: Any) -> Any:
    return {
        "name": "Autumn",
        "guide_version": version.pk,
        "opens_on": "2026-11-23",
        "due_on": "2026-12-11",
        "closes_on": "2026-12-31",
        "reminders": "3, 7, 12",
        "legal_basis": "legitimate_interest",
        "retention_months": "36",
        "assurance": "link",
        "reply_to": "privacy@example.com",
    } | changes


def test_a_draft_is_written_with_all_its_fields(
    linkedin: GuideVersion, bob: Employee, carla: Employee, as_alice: Client, alice: User
) -> None:
    data = form_data(
        linkedin, countries=["DE"], departments=["Sales"], send_now="on", language="de"
    )
    answer = as_alice.post(reverse("campaign_new"), data)
    campaign = Campaign.objects.get()
    assert answer["Location"] == reverse("campaign", args=[campaign.pk])
    assert campaign.audience == {
        "countries": ["DE"],
        "departments": ["Sales"],
        "employment_types": [],
    }
    assert (campaign.reminders.text, campaign.due_on) == ("3, 7, 12, at most 6", date(2026, 12, 11))
    assert (campaign.send_now, campaign.language, campaign.created_by) == (True, "de", alice)
    assert not Event.objects.filter(body__contains="campaign.").exists()


def test_counting_shows_how_many_and_a_sample_and_writes_nothing(
    linkedin: GuideVersion, bob: Employee, carla: Employee, as_alice: Client
) -> None:
    data = {"guide_version": linkedin.pk, "countries": ["DE"], "count": "1"}
    page = as_alice.post(reverse("campaign_new"), data).content.decode()
    assert "1 person would be asked" in page
    assert "Bob Berger" in page
    assert "Carla Conti" not in page
    assert "Please check the form" not in page
    assert not Campaign.objects.exists()


def test_counting_names_whom_the_guide_excludes(
    linkedin: GuideVersion, bob: Employee, carla: Employee, as_alice: Client
) -> None:
    data = {"guide_version": linkedin.pk, "opens_on": "2025-10-01", "count": "1"}
    page = as_alice.post(reverse("campaign_new"), data).content.decode()
    assert "1 of 2 in scope would not: The setting is not shown in their country" in page


def test_counting_before_a_guide_is_chosen_says_so(
    linkedin: GuideVersion, as_alice: Client
) -> None:
    assert b"Choose a guide first" in as_alice.post(reverse("campaign_new"), {"count": "1"}).content


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"due_on": "2026-11-01"}, "before the opening day"),
        ({"closes_on": "2026-12-01"}, "before the due date"),
        ({"reminders": "soon"}, "Write numbers with commas"),
        ({"legal_basis": ""}, "This field is required"),
        ({"retention_months": ""}, "This field is required"),
        ({"countries": ["ZZ"]}, "Select a valid choice"),
        ({"guide_version": "999999"}, "Select a valid choice"),
        ({"reply_to": "nobody"}, "valid email"),
        ({"language": "fr"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_the_field(
    linkedin: GuideVersion, bob: Employee, as_alice: Client, changes: Any, said: Any
) -> None:
    page = as_alice.post(reverse("campaign_new"), form_data(linkedin, **changes))
    assert page.status_code == 200
    assert said in page.content.decode()
    assert not Campaign.objects.exists()


def test_a_draft_is_edited_and_deleted(
    spring: Campaign, as_alice: Client, linkedin: GuideVersion
) -> None:
    as_alice.post(reverse("campaign_edit", args=[spring.pk]), form_data(linkedin, name="Spring"))
    spring.refresh_from_db()
    assert spring.name == "Spring"
    as_alice.post(reverse("campaign_discard", args=[spring.pk]))
    assert not Campaign.objects.exists()


def test_a_draft_says_whom_it_would_reach(
    spring: Campaign, bob: Employee, as_alice: Client
) -> None:
    EmployeeFactory.create(left=True)
    page = as_alice.get(reverse("campaign", args=[spring.pk])).content.decode()
    assert "1 person would be asked" in page
    assert "Check and launch" in page


def test_a_launched_campaign_is_not_edited(
    running: Campaign, as_alice: Client, linkedin: GuideVersion
) -> None:
    address = reverse("campaign_edit", args=[running.pk])
    assert as_alice.post(address, form_data(linkedin, name="Other")).status_code == 302
    running.refresh_from_db()
    assert running.name != "Other"


def test_signing_in_is_offered_only_with_a_tenant(as_alice: Client, linkedin: GuideVersion) -> None:
    page = as_alice.get(reverse("campaign_new")).content.decode()
    assert [f'value="{level}"' in page for level in ("link", "code", "sso")] == [True, True, False]
    as_alice.post(reverse("campaign_new"), form_data(linkedin, assurance="sso"))
    assert not Campaign.objects.exists()
    as_alice.post(reverse("campaign_new"), form_data(linkedin, assurance="code"))
    assert Campaign.objects.get().assurance == "code"
