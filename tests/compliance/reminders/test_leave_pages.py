"""Leave on the page of one person, and from the command line."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment
from compliance.reminders.models import Leave
from tests.factories import NOON, AssignmentFactory, CampaignFactory

pytestmark = pytest.mark.django_db
DAYS = {"starts_on": "2026-12-07", "ends_on": "2026-12-09"}


@pytest.fixture(autouse=True)
def _monday(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


def record(client: Client, assignment: Assignment, **days: str) -> Any:
    return client.post(reverse("leave_record", args=[assignment.pk]), days or DAYS, follow=True)


def test_an_officer_records_a_leave_and_takes_it_back(
    as_alice: Client, ask: Callable[..., Assignment]
) -> None:
    person = ask()
    page = record(as_alice, person)
    assert "no mails meanwhile" in page.text
    assert "16 Dec 2026" in page.text
    leave = Leave.objects.get()
    page = as_alice.post(reverse("leave_end", args=[person.pk, leave.pk]), follow=True)
    assert "taken back" in page.text
    person.refresh_from_db()
    assert person.due_on == person.campaign.due_on


def test_what_cannot_be_meant_is_said_on_the_page(
    as_alice: Client, ask: Callable[..., Assignment]
) -> None:
    person = ask()
    page = record(as_alice, person, starts_on="2026-12-09", ends_on="2026-12-07")
    assert "before it starts" in page.text
    assert "first and the last day" in record(as_alice, person, starts_on="soon").text
    assert not Leave.objects.exists()


def test_a_leave_is_ended_on_its_own_persons_page_only(
    as_alice: Client, ask: Callable[..., Assignment]
) -> None:
    record(as_alice, ask())
    leave = Leave.objects.get()
    assert as_alice.post(reverse("leave_end", args=[ask().pk, leave.pk])).status_code == 404
    assert Leave.objects.in_force().exists()


def test_an_auditor_sees_a_leave_and_no_button(
    as_alice: Client, as_aino: Client, ask: Callable[..., Assignment]
) -> None:
    person = ask()
    record(as_alice, person)
    page = as_aino.get(reverse("assignment", args=[person.pk])).text
    assert "7 Dec 2026 to 9 Dec 2026" in page
    assert "Record a leave" not in page
    assert "Take back" not in page


def test_the_command_says_which_due_dates_moved(ask: Callable[..., Assignment]) -> None:
    person = ask(email="bob@example.com")
    out = io.StringIO()
    call_command(
        "record_leave", "--email=Bob@example.com", "--from=2026-12-07", "--to=2026-12-09",
        "--json", stdout=out,
    )  # fmt: skip
    assert json.loads(out.getvalue())["due"] == {str(person.pk): "2026-12-16"}


def test_the_command_says_each_day_once_with_its_campaigns(
    ask: Callable[..., Assignment], bob: Employee
) -> None:
    person = ask(employee=bob)
    other = CampaignFactory.create(name="Other", state="running")
    AssignmentFactory.create(campaign=other, employee=bob, due_on=person.due_on, country="DE")
    out = io.StringIO()
    leave = ["--from=2026-12-07", "--to=2026-12-09"]
    call_command("record_leave", f"--email={bob.email}", *leave, stdout=out)
    names = ", ".join(sorted((f"“{person.campaign}”", "“Other”")))
    assert out.getvalue().strip() == f"Recorded. Now asked to answer by 2026-12-16 in {names}."


@pytest.mark.parametrize(
    ("email", "first", "code"),
    [("nobody@example.com", "2026-12-07", 1), ("bob@example.com", "7.12.", 2)],
)
def test_the_command_refuses_strangers_and_days_it_cannot_read(
    bob: Any, email: str, first: str, code: int
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("record_leave", f"--email={email}", f"--from={first}", "--to=2026-12-09")
    assert refused.value.returncode == code
