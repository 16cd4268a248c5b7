"""What will go out: the page, one person's schedule, the chart, and the command."""

import json
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import Policy
from compliance.campaigns.services import campaign_launch, campaign_pause
from compliance.guides.models import GuideVersion
from compliance.launch.mail_chart import BOTTOM, RIGHT, TOP, mail_chart
from compliance.launch.mail_days import StepOfDay
from compliance.launch.outlooks import campaign_outlook
from compliance.reminders.leave_services import leave_record
from compliance.reminders.models import Message, State
from tests.factories import NOON, CampaignFactory

pytestmark = pytest.mark.django_db
POLICY = Policy.from_text("3, due-2, due, every 5, at most 4").to_json()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def draft(linkedin: GuideVersion, bob: Employee, carla: Employee) -> Campaign:
    Employee.objects.filter(pk=carla.pk).update(time_zone="America/New_York")
    return CampaignFactory.create(policy=POLICY)


@pytest.fixture
def running(draft: Campaign, alice: User) -> Campaign:
    return campaign_launch(campaign=draft, user=alice, now=NOON)


def page(browser: Client, campaign: Campaign) -> Any:
    return browser.get(reverse("campaign_outlook", args=[campaign.pk]))


def simulated(*arguments: object, **options: object) -> Any:
    out = StringIO()
    call_command("simulate_campaign", *arguments, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_everybody_who_signs_in_may_look(
    running: Campaign, as_alice: Client, as_ada: Client, as_aino: Client, as_mallory: Client
) -> None:
    person = reverse("assignment_schedule", args=[running.assignments.earliest("pk").pk])
    for browser in (as_alice, as_ada, as_aino):
        assert page(browser, running).status_code == 200
        assert browser.get(person).status_code == 200
    for answer in (page(as_mallory, running), as_mallory.get(person)):
        assert answer["Location"].startswith(reverse("sign_in"))


def test_the_page_shows_mails_by_day_and_step(running: Campaign, as_alice: Client) -> None:
    text = page(as_alice, running).content.decode()
    assert "At most <strong>10 mails</strong>" in text
    assert "Reminder, 2 working days before the due date" in text
    assert "<rect" in text
    assert "style=" not in text
    assert "<script" not in text
    assert "no limit is set" in text


@pytest.mark.parametrize(
    ("begins", "ends", "says"),
    [
        ("2026-11-24T06:00", "2026-11-24T06:00", "06:00"),
        ("2026-11-24T06:00", "2026-11-24T09:30", "06:00 to 09:30"),
        ("2026-11-23T23:00", "2026-11-23T23:00", "23 Nov, 23:00"),
        ("2026-11-23T22:00", "2026-11-23T23:00", "23 Nov, 22:00 to 23:00"),
        ("2026-11-23T23:00", "2026-11-24T09:00", "23 Nov, 23:00 to 24 Nov, 09:00"),
    ],
)
def test_times_that_are_on_another_day_than_the_persons_have_a_date(
    begins: str, ends: str, says: str
) -> None:
    """The company's Monday night is Tuesday morning in New Zealand."""
    first, last = (timezone.make_aware(datetime.fromisoformat(at)) for at in (begins, ends))
    assert StepOfDay(date(2026, 11, 24), 3, 1, first, last).leaves == says


def test_limits_are_named_and_those_whom_they_leave_out(
    running: Campaign, as_alice: Client, settings: Any
) -> None:
    """Fails when the page counts on time that the campaign does not have."""
    settings.EMAIL_RATE_PER_MINUTE, settings.EMAIL_RATE_PER_DAY = 30, 1
    Campaign.objects.update(closes_on=NOON.date())
    text = page(as_alice, running).content.decode()
    assert "30 mails a minute" in text
    assert "and 1 a day" in text
    assert "1 person is not invited by the last day" in text


def test_a_paused_campaign_says_that_nothing_goes_out_and_what_would(
    running: Campaign, alice: User, as_alice: Client
) -> None:
    total = page(as_alice, running).context["outlook"].simulation.total
    campaign_pause(campaign=running, user=alice, now=NOON)
    answer = page(as_alice, running)
    assert answer.context["outlook"].simulation.total == total > 0
    assert "This campaign is paused" in answer.content.decode()
    assert "were it resumed now" in answer.content.decode()
    assert "not invited" not in answer.content.decode()


def test_a_person_sees_days_and_hours_of_their_own(running: Campaign, as_aino: Client) -> None:
    """Carla works in New York: her first mail leaves when her day begins there."""
    carla = running.assignments.get(first_name="Carla")
    answer = as_aino.get(reverse("assignment_schedule", args=[carla.pk]))
    mails = answer.context["schedule"]
    assert mails[0].name == "Invitation"
    assert mails[0].window == "between 08:00 and 18:00, America/New_York"
    assert [mail.name for mail in mails][-1] == "Reminder, 5 working days after the due date"
    assert "08:00 and 18:00, America/New_York" in answer.content.decode()


def test_whoever_has_answered_gets_nothing_more(running: Campaign, as_alice: Client) -> None:
    """Fails when the schedule does not ask the planner's own people."""
    running.assignments.update(closed_at=NOON, answer="was_off")
    person = running.assignments.earliest("pk")
    answer = as_alice.get(reverse("assignment_schedule", args=[person.pk]))
    assert answer.context["schedule"] == []
    assert "Nothing more" in answer.content.decode()


def test_the_chart_stacks_invitations_on_reminders() -> None:
    days = [(date(2026, 11, 23), 90, 0), (date(2026, 11, 26), 10, 50), (date(2026, 12, 11), 0, 1)]
    chart = mail_chart(days, due=date(2026, 12, 11))
    assert chart is not None
    first, second, last = chart.bars
    assert (first.invitations_y, first.invitations_height) == (TOP, BOTTOM - TOP)
    assert second.invitations_y + second.invitations_height == pytest.approx(second.reminders_y)
    assert second.reminders_y + second.reminders_height == pytest.approx(BOTTOM)
    assert last.reminders_height >= 1
    assert last.x + last.width <= RIGHT
    assert chart.due_x == RIGHT
    assert mail_chart([], due=date(2026, 12, 11)) is None


def test_few_days_are_not_drawn_as_broad_as_barns() -> None:
    chart = mail_chart([(date(2026, 11, 23), 5, 0)], due=date(2026, 12, 11))
    assert chart is not None
    assert chart.bars[0].width < 50
    assert (chart.end, chart.due_x) == (date(2026, 12, 6), None)


def test_the_command_says_what_the_page_says(running: Campaign) -> None:
    said, shown = simulated(running.pk), campaign_outlook(running, now=NOON)
    assert said["mails"] == shown.simulation.total == sum(row["people"] for row in said["steps"])
    assert said["mails"] == sum(row["invitations"] + row["reminders"] for row in said["days"])
    assert said["state"] == "running"
    assert said["finished_at"] == shown.simulation.finished_at.isoformat()  # type: ignore[union-attr]
    assert (said["left_out"], said["standstill"]) == (0, "")


def test_the_command_knows_drafts_and_persons(draft: Campaign, alice: User) -> None:
    """Before and after the launch a person's schedule is the same."""
    before = simulated(draft.pk, email="carla@example.com")
    campaign_launch(campaign=draft, user=alice, now=NOON)
    after = simulated(draft.pk, email="CARLA@example.com")
    assert before["mails"] == after["mails"]
    assert before["mails"][0]["time_zone"] == "America/New_York"
    assert before["mails"][0]["hours"] == [
        ["2026-11-23T08:00:00-05:00", "2026-11-23T18:00:00-05:00"]
    ]


def test_the_command_speaks_to_people_too(running: Campaign) -> None:
    # Carla's country has a holiday on that Thursday.
    out = StringIO()
    call_command("simulate_campaign", running.pk, stdout=out)
    assert "2026-11-26  invitations         0  reminders         1\n" in out.getvalue()
    assert "At most 10 mails, were nobody to answer" in out.getvalue()
    out = StringIO()
    call_command("simulate_campaign", running.pk, email="bob@example.com", stdout=out)
    assert "2026-11-23  Invitation, between 12:00 and 18:00, UTC" in out.getvalue()


@pytest.mark.parametrize(
    ("number", "email", "reason"),
    [(0, "", "There is no campaign"), (None, "mallory@example.com", "Nobody in")],
)
def test_the_command_refuses_in_words(
    running: Campaign, number: int | None, email: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason) as error:
        simulated(running.pk if number is None else number, email=email)
    assert error.value.returncode == 1


def test_whoever_is_not_in_the_directory_is_refused_for_a_draft(draft: Campaign) -> None:
    with pytest.raises(CommandError, match="Nobody in the directory"):
        simulated(draft.pk, email="mallory@example.com")


def test_what_was_sent_is_not_shown_again(running: Campaign) -> None:
    Message.objects.update(state=State.ACCEPTED, next_at=None)
    day = NOON.date()
    running.assignments.update(invited_on=day, counts_from=day, mailed_on=day)
    outlook = campaign_outlook(running, now=NOON + DAY)
    assert outlook.simulation.invited_at is None
    assert outlook.simulation.total == 8


def test_whoever_is_on_leave_is_said_to_be(
    running: Campaign, bob: Employee, as_alice: Client
) -> None:
    """Fails when the page counts a person's absence as the end of their mails."""
    day = NOON.date()
    leave_record(employee=bob, starts_on=day, ends_on=day + 4 * DAY, user=None, now=NOON)
    answer = page(as_alice, running)
    assert answer.context["outlook"].away == 1
    assert "1 person is on leave now" in answer.content.decode()
    person = running.assignments.get(employee=bob)
    text = as_alice.get(reverse("assignment_schedule", args=[person.pk])).content.decode()
    assert "On leave up to 27 Nov 2026" in text
    assert "Nothing more" not in text
