"""`launch_campaign`: the contract of its JSON, its exit codes and its refusals."""

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment, Campaign, Decision
from compliance.guides.models import GuideVersion
from tests.compliance.launch.conftest import Inbox
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def launch(*extra: Any, **changes: Any) -> Any:
    options = {"guide": "linkedin-ai-training", "name": "Autumn", "due": "2026-12-11"} | changes
    named = [part for key, value in options.items() for part in (f"--{key}", value)]
    printed = StringIO()
    call_command("launch_campaign", *named, *extra, "--json", stdout=printed)
    return json.loads(printed.getvalue())


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


def test_it_launches_and_says_how_many_are_in_scope(
    linkedin: GuideVersion, bob: Employee, carla: Employee, inbox: Inbox
) -> None:
    result = launch()
    campaign = Campaign.objects.get()
    assert result == {"campaign": campaign.pk, "in_scope": 2, "excluded": {}, "messages": 2}
    assert (campaign.state, campaign.opens_on) == ("running", date(2026, 11, 23))
    assert (campaign.due_on, campaign.closes_on) == (date(2026, 12, 11), date(2026, 12, 25))
    assert campaign.reminders.text == "3, 7, 12, at most 6"
    assert Decision.objects.get().user is None


def test_the_excluded_are_in_scope_and_get_no_message(
    linkedin: GuideVersion, bob: Employee, carla: Employee, inbox: Inbox, time_machine: Any
) -> None:
    time_machine.move_to(NOON.replace(year=2025, month=10, day=1), tick=False)
    result = launch(due="2025-10-10")
    assert result["in_scope"] == 2
    assert result["excluded"] == {"no_setting_in_country": 1}
    assert result["messages"] == 1


def test_a_dry_run_says_the_same_and_writes_nothing(
    linkedin: GuideVersion, bob: Employee, carla: Employee, inbox: Inbox
) -> None:
    result = launch("--dry-run")
    assert result == {"campaign": None, "in_scope": 2, "excluded": {}, "messages": 2}
    assert not Campaign.objects.exists()
    assert not Assignment.objects.exists()


def test_the_audience_can_be_limited(
    linkedin: GuideVersion, bob: Employee, carla: Employee, deniz: Employee, inbox: Inbox
) -> None:
    result = launch("--country", "de", "--country", "US", "--department", "Sales")
    assert result["in_scope"] == 2
    assert Campaign.objects.get().audience["countries"] == ["DE", "US"]


def refused(*extra: Any, **changes: Any) -> Any:
    with pytest.raises(CommandError) as refusal:
        launch(*extra, **changes)
    assert not Campaign.objects.exists()
    return refusal.value.returncode, str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"guide": "linkedin-ai-traning"}, "Nearest: “linkedin-ai-training”"),
        ({"country": "GERMANY"}, "Nearest: DE"),
        ({"country": "ZZ"}, "Unknown country “ZZ”"),
        ({"department": "Saless"}, "Nearest: “Sales”"),
        ({"employment-type": "Robot"}, "Unknown employment type “Robot”. Nearest: “Employee”"),
        ({"due": "2026-11-01"}, "before it opens"),
        ({"opens": "2026-11-01"}, "in the past"),
        ({"closes": "2026-12-01"}, "before it is due"),
        ({"language": "fr"}, "Choose one of: en, de"),
        ({"from-address": "nobody"}, "From address: Enter a valid email address"),
        ({"reply-to": "nobody"}, "Reply to: Enter a valid email address"),
        ({"name": "x" * 151}, "Name: Ensure this value has at most 150"),
        ({"name": " "}, "Name: This field cannot be blank"),
        ({"retention-months": "0"}, "retention is missing"),
        ({"legal-basis": "other"}, "Explain it"),
    ],
)
def test_what_cannot_be_launched_is_refused_with_what_to_do(
    linkedin: GuideVersion, bob: Employee, inbox: Inbox, changes: Any, reason: Any
) -> None:
    code, said = refused(**changes)
    assert code == 1
    assert reason in said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"due": "tomorrow"}, "--due must be a day like"),
        ({"opens": "2026-13-01"}, "--opens must be a day like"),
        ({"reminder-days": "3,x"}, "“x” is no step"),
        ({"reminders": "3,251"}, "working days from 1 to 250"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(
    linkedin: GuideVersion, bob: Employee, inbox: Inbox, changes: Any, reason: Any
) -> None:
    code, said = refused(**changes)
    assert code == 2
    assert reason in said


def test_nobody_in_scope_is_refused(linkedin: GuideVersion, inbox: Inbox) -> None:
    assert "Nobody is in scope" in refused()[1]


def test_everybody_excluded_is_refused(
    linkedin: GuideVersion, bob: Employee, inbox: Inbox, time_machine: Any
) -> None:
    time_machine.move_to(NOON.replace(year=2025, month=10, day=1), tick=False)
    assert "ask everywhere" in refused(due="2025-10-10")[1]


def test_without_a_mail_server_nothing_is_launched(
    linkedin: GuideVersion, bob: Employee, settings: Any
) -> None:
    """Fails when the command skips the preflight."""
    settings.EMAIL_URL = ""
    assert "Set EMAIL_URL" in refused()[1]


def test_a_mail_server_that_does_not_answer_is_named(
    linkedin: GuideVersion, bob: Employee, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    assert "127.0.0.1:1" in refused()[1]


def test_every_reason_is_named_at_once(linkedin: GuideVersion, settings: Any) -> None:
    settings.EMAIL_URL = ""
    said = refused(due="2026-11-01")[1]
    assert all(part in said for part in ("before it opens", "Nobody is in scope", "EMAIL_URL"))


def test_refusals_are_json_too(linkedin: GuideVersion, settings: Any, capsys: Any) -> None:
    settings.EMAIL_URL = ""
    printed = StringIO()
    with pytest.raises(CommandError):
        call_command(
            "launch_campaign",
            "--guide",
            "linkedin-ai-training",
            "--name",
            "Autumn",
            "--due",
            "2026-12-11",
            "--json",
            stdout=printed,
        )
    assert json.loads(printed.getvalue())["refused"]


@pytest.mark.parametrize("day", ["9999-12-31", "2101-01-01"])
def test_a_day_beyond_this_century_is_wrong_use(linkedin: GuideVersion, day: str) -> None:
    with pytest.raises(CommandError, match="before 2101") as refusal:
        launch(due=day)
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"retention-months": "601"}, "longer than 600 months"),
        ({"sender-name": "Mallory\nBcc: x@example.com"}, "sender's name holds a line break"),
        ({"name": "Au\ntumn"}, "name holds a line break"),
    ],
)
def test_what_nobody_can_mean_is_refused(
    linkedin: GuideVersion, bob: Employee, inbox: Inbox, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        launch(**changes)
    assert not Campaign.objects.exists()
