"""The sample company, made by the real commands from the real file."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.reminders.models import Message
from config.sample.services import OFFICER
from tests.factories import EmployeeFactory

SAMPLE_SIZE = 244  # of the 250 in the file, six have left


@pytest.fixture(autouse=True)
def catcher(settings: Settings, mailbox: tuple[int, Path]) -> None:
    """As `up` sets them; the preflight knocks at the mail server."""
    port, folder = mailbox
    settings.EMAIL_URL, settings.MAIL_CATCHER_DIR = f"smtp://127.0.0.1:{port}", str(folder)


def sample_company() -> dict[str, object]:
    printed = StringIO()
    call_command("sample_company", "--json", stdout=printed)
    made: dict[str, object] = json.loads(printed.getvalue())
    return made


@pytest.mark.django_db
def test_the_sample_company_is_imported_and_asked_at_once() -> None:
    made = sample_company()
    assert made["people"] == Employee.objects.filter(active=True).count() == SAMPLE_SIZE
    assert made["invitations"] == Message.objects.count() > SAMPLE_SIZE / 2
    assert Campaign.objects.count() == 1
    assert User.objects.get(email=OFFICER).role == "officer"
    assert "http" in str(made["sign_in_url"])


@pytest.mark.django_db
def test_a_second_start_changes_nothing_and_gives_a_fresh_link() -> None:
    first, second = sample_company(), sample_company()
    assert (second["people"], second["invitations"]) == (0, 0)
    assert second["sign_in_url"] != first["sign_in_url"]
    assert Employee.objects.filter(active=True).count() == SAMPLE_SIZE


@pytest.mark.django_db
def test_a_start_that_was_interrupted_is_completed(alice: User) -> None:
    """Alice is there, the people are not: a first start ended between the two."""
    assert sample_company()["people"] == SAMPLE_SIZE


@pytest.mark.django_db
def test_somebody_elses_people_are_left_alone() -> None:
    """Fails without the refusal in `sample_demo_prepare`: a stranger would become officer."""
    EmployeeFactory.create()
    with pytest.raises(CommandError, match="OPTRAIL_DATA_DIR=var-demo"):
        sample_company()
    assert not User.objects.exists()
    assert Employee.objects.count() == 1


def test_the_first_page_offers_the_sample_company_and_leads_to_its_campaign(
    as_alice: Client,
) -> None:
    assert "Try it with a sample company" in as_alice.get("/").content.decode()
    response = as_alice.post("/sample-company", follow=True)
    assert response.redirect_chain[0][0] == "/campaigns/"
    assert f"{SAMPLE_SIZE} people imported" in response.content.decode()


def test_the_button_needs_an_empty_directory(as_alice: Client) -> None:
    EmployeeFactory.create()
    response = as_alice.post("/sample-company", follow=True)
    assert "There are people already" in response.content.decode()
    assert not Campaign.objects.exists()


def test_without_a_catcher_there_is_no_sample_company(as_alice: Client, settings: Settings) -> None:
    """Fails without the check in the view: invented people would be mailed for real."""
    settings.MAIL_CATCHER_DIR = ""
    assert "sample company" not in as_alice.get("/").content.decode()
    assert as_alice.post("/sample-company").status_code == 404
    assert not Employee.objects.exists()


def test_auditors_and_strangers_do_not_make_a_company(as_aino: Client, client: Client) -> None:
    assert as_aino.post("/sample-company").status_code == 403
    assert client.post("/sample-company").status_code == 302
    assert as_aino.get("/sample-company").status_code == 403
    assert not Employee.objects.exists()
