"""An employee shows who they are before an answer, in a real browser: by code, by Microsoft."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from compliance.attestations.models import Attestation
from compliance.campaigns.models import Assignment, Assurance
from compliance.guides.models import GuideVersion
from compliance.notices.post import notices_send
from tests.browser import PHONE
from tests.compliance.attestations.conftest import link
from tests.factories import AssignmentFactory, CampaignFactory, EmployeeFactory
from tests.journeys.company import Company
from tests.journeys.test_microsoft import fill, realm  # noqa: F401 - a fixture
from tests.standins.entra import Realm
from tests.standins.sink import Sink

pytestmark = pytest.mark.large


@pytest.fixture
def carla_is_asked(linkedin: GuideVersion) -> Assignment:
    today = timezone.localdate()
    campaign = CampaignFactory.create(
        running=True, guide_version=linkedin, assurance=Assurance.CODE, opens_on=today,
        due_on=today, closes_on=today + timedelta(days=9),
    )  # fmt: skip
    carla = EmployeeFactory.create(first_name="Carla", email="carla@example.com")
    return AssignmentFactory.create(campaign=campaign, employee=carla)


@pytest.mark.django_db(transaction=True)
def test_a_code_from_a_real_mail_records_the_answer(
    browser: Browser, live_server: LiveServer, carla_is_asked: Assignment,
    settings: Settings, tmp_path: Path,
) -> None:  # fmt: skip
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    with Sink(tmp_path) as sink:
        settings.EMAIL_URL = sink.url
        page.goto(live_server.url + link(carla_is_asked))
        choose(page)
        expect(page.get_by_role("heading", name="Enter the code from the e-mail")).to_be_visible()
        assert notices_send(clock=timezone.now, budget=timedelta(seconds=10), urgent=True)
        assert not notices_send(clock=timezone.now, budget=timedelta(seconds=10), urgent=True)
        (mail,) = sink.accepted()
    assert mail.recipient == "carla@example.com"
    found = re.search(r"\b(\d{6})\b", mail.text)
    assert found
    page.get_by_label("Code with six digits").fill("12345x")
    page.get_by_role("button", name="Record my answer").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not the code")
    page.get_by_label("Code with six digits").fill(found[1])
    page.get_by_role("button", name="Record my answer").click()
    page.wait_for_url("**/receipt/1")
    expect(page.get_by_text("a code mailed to you")).to_be_visible()
    assert Attestation.objects.get().assurance == "code"
    assert context.cookies() == []
    context.close()


def choose(page: Page) -> None:
    page.check("input[value=turned_off]")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Confirm").click()


def test_only_the_person_answers_who_signs_in_with_microsoft(
    realm: tuple[Realm, Company],  # noqa: F811
    browser: Browser,
    tmp_path: Path,
) -> None:
    """The tenant is a stand-in over TLS; the program runs as an administrator runs it."""
    tenant, company = realm
    carla = tenant.add("carla@example.com", "Carla Conti")
    tenant.add("cem@example.com", "Cem Colleague")
    address = asked_by_command(company, carla.oid, tmp_path)
    context = browser.new_context(ignore_https_errors=True, viewport=PHONE)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(address)
    expect(page.get_by_text("Carla")).to_have_count(0)
    page.get_by_role("button", name="Sign in with Microsoft").click()
    fill(page, "cem@example.com")
    expect(page.get_by_role("alert")).to_contain_text("another account")
    page.get_by_role("button", name="With another account").click()
    fill(page, "carla@example.com")
    page.wait_for_url(address)
    expect(page.get_by_text("Hello Carla")).to_be_visible()
    choose(page)
    page.wait_for_url("**/receipt/1")
    expect(page.get_by_text("your sign-in with Microsoft")).to_be_visible()
    context.close()
    assert company.json("verify_ledger")["ok"] is True


def asked_by_command(company: Company, object_id: str, folder: Path) -> str:
    """Carla is imported and asked with `sso`; her address."""
    people = folder / "people.csv"
    people.write_text(f"id,mail,givenName,country\n{object_id},carla@example.com,Carla,DE\n")
    company.manage("import_employees", str(people))
    due = (date.today() + timedelta(days=9)).isoformat()
    with Sink(folder) as sink:
        company.env |= {"EMAIL_URL": sink.url}
        launch = ("--guide", "linkedin-ai-training", "--name", "Autumn", "--due", due)
        company.manage("launch_campaign", *launch, "--assurance", "sso")
    find = "from compliance.models import Assignment; print(Assignment.objects.get().pk)"
    key = company.manage("shell", "--no-imports", "-v0", "-c", find).strip()
    return str(company.json("answer_link", key)["url"])
