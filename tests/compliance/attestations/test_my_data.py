"""An employee sees, downloads and corrects what is held on them, from their own link (promise 9)."""

import json
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from accounts.directory.models import Employee
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment
from compliance.campaigns.withdrawn import Withdrawal
from compliance.reminders.leave_services import leave_end, leave_record
from compliance.reminders.models import Message, Outcome, State
from tests.compliance.attestations.conftest import link
from tests.factories import NOON, EmployeeFactory, MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

# What a row says about a person, not how the program works with it.
INNER = {
    Assignment: {"campaign", "employee", "sort_name", "exclusion", "withdrawn", "invited_on"}
    | {"mailed_on", "answer", "answered_at", "closed_at", "counts_from", "joined_seq"}
    | {"salt", "leaf", "erased_number", "erased_seq"},
    Employee: {"id", "active", "left_at", "left_reason", "search_text", "sort_name"}
    | {"created_at", "updated_at"},
}


@pytest.fixture
def history(for_bob: Assignment) -> Assignment:
    """Bob with every attribute, a mail, a pause in his employment and two answers."""
    boss = EmployeeFactory.create(first_name="Berta", last_name="Boss")
    Employee.objects.filter(pk=for_bob.person.pk).update(
        job_title="Buyer",
        time_zone="Europe/Berlin",
        office="Köln",
        manager=boss,
        department="Purchasing",
    )
    Assignment.objects.filter(pk=for_bob.pk).update(
        office="Bonn", time_zone="Europe/Paris", manager_name="Otto Old"
    )
    mail = MessageFactory.create(
        assignment=for_bob, state=State.ACCEPTED, state_at=NOON, recipient="bob@example.com"
    )
    Outcome.objects.create(
        message=mail, attempt=1, state=State.ACCEPTED, at=NOON, code=250, answer="2.0.0 queued"
    )
    Withdrawal.objects.create(assignment=for_bob, reason="missing", seq=3, until_seq=5)
    for answer in ("need_help", "turned_off"):
        attestation_record(assignment_id=for_bob.pk, link_version=1, answer=answer, now=NOON)
    return for_bob


def download(phone: Client, assignment: Assignment) -> Any:
    response = phone.get(link(assignment, "/data.json"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    return json.loads(response.content)


def test_the_page_shows_everything(phone: Client, history: Assignment) -> None:
    page = unescape(phone.get(link(history, "/data")).content.decode())
    text = history.campaign.guide_version.parsed.text("de")
    for said in (
        *("Bob", "Berger", "bob@example.com", "Deutschland", "Sales", "Bonn", "Otto Old"),
        *("Buyer", "Purchasing", "Köln", "Berta Boss"),
        *("Einladung", "vom Mailserver angenommen"),
        *(text.answers["need_help"], text.answers["turned_off"]),
        "privacy@example.com",
    ):
        assert said in page


def test_the_page_and_the_download_hold_leave_also_what_was_taken_back(
    phone: Client, for_bob: Assignment
) -> None:
    for day in (date(2026, 12, 7), date(2026, 12, 14)):
        leave = leave_record(
            employee=for_bob.person, starts_on=day, ends_on=day, user=None, now=NOON
        ).leave
    leave_end(leave=leave, user=None, now=NOON)
    said = "2026-12-07 – 2026-12-07; 2026-12-14 – 2026-12-14 (zurückgenommen)"
    assert said in unescape(phone.get(link(for_bob, "/data")).content.decode())
    assert download(phone, for_bob)["directory_today"]["leave"] == said


def test_the_download_holds_the_same_and_the_whole_history(
    phone: Client, history: Assignment
) -> None:
    data = download(phone, history)
    assert data["directory_today"]["department"] == "Purchasing"
    assert data["directory_when_asked"]["department"] == "Sales"
    assert [row["answer"] for row in data["answers"]] == ["need_help", "turned_off"]
    assert data["mails"][0]["state"] == "accepted"
    assert data["mails"][0]["history"][0]["server_answer"] == "2.0.0 queued"
    assert data["assignment"]["absences"] == [
        {"reason": "missing", "from_entry": 3, "until_entry": 5}
    ]
    assert data["campaign"]["kept_months_after_close"] == 36


@pytest.mark.parametrize(
    ("model", "part"), [(Employee, "directory_today"), (Assignment, "directory_when_asked")]
)
def test_no_attribute_is_kept_back(
    phone: Client, history: Assignment, model: type[Model], part: str
) -> None:
    """A new column must be shown or named above. Tried with the office left out: named here."""
    held = {field.name for field in model._meta.concrete_fields} - INNER[model]
    if model is Assignment:
        held = {name.replace("manager_name", "manager") for name in held}
    data = download(phone, history)
    assert held - set(data[part]) - set(data["assignment"]) == set()


def test_it_is_there_before_the_first_answer(phone: Client, for_carla: Assignment) -> None:
    page = phone.get(link(for_carla, "/data")).content.decode()
    assert page.count("None so far.") == 2
    assert download(phone, for_carla)["answers"] == []


def test_nobody_sees_anybody_elses(
    phone: Client, history: Assignment, for_carla: Assignment
) -> None:
    MessageFactory.create(assignment=for_carla)
    page = phone.get(link(for_carla, "/data")).content.decode()
    assert "Berger" not in page
    assert "bob@example.com" not in json.dumps(download(phone, for_carla))
    assert Message.objects.count() == 2


def test_every_state_of_a_mail_has_words() -> None:
    from compliance.attestations.words import LEGAL_BASES, STATES
    from compliance.campaigns.models import LegalBasis

    assert set(STATES) == set(State)
    assert set(LEGAL_BASES) == set(LegalBasis)


def test_the_companys_own_explanation_of_the_legal_basis_is_shown(
    phone: Client, for_carla: Assignment
) -> None:
    campaign = for_carla.campaign
    campaign.legal_basis, campaign.legal_note = "other", "Agreement of 3 March with the council"
    campaign.save()
    page = unescape(phone.get(link(for_carla)).content.decode())
    assert "other: Agreement of 3 March with the council" in page
