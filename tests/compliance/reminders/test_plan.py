from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import Policy
from compliance.campaigns.services import campaign_extend
from compliance.reminders.endings import ANSWERED, LEFT, SUPERSEDED
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.services import messages_cancel
from tests.factories import NOON, MessageFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

MONDAY = date(2026, 11, 23)
THURSDAY_NOON = NOON + timedelta(days=3)  # three working days after Monday


@pytest.fixture
def invited(ask: Callable[..., Assignment]) -> Any:
    """Ask somebody who was invited on Monday."""

    def asked(**fields: Any) -> Any:
        assignment = ask(invited=True, **fields)
        MessageFactory.create(assignment=assignment, step=0, state=State.ACCEPTED)
        return assignment

    return asked


def steps(assignment: Assignment) -> list[tuple[int, str]]:
    return list(assignment.messages.order_by("step").values_list("step", "state"))


def test_whoever_is_asked_is_owed_an_invitation(ask: Callable[..., Assignment]) -> None:
    assignment = ask()
    assert reminders_plan(now=NOON) == 1
    assert steps(assignment) == [(0, State.PENDING)]


def test_planning_again_adds_nothing(ask: Callable[..., Assignment]) -> None:
    """Promise 1. Without `message_once` (and ON CONFLICT) a planner beside this one owes it twice."""
    ask()
    assert [reminders_plan(now=NOON) for _ in range(3)] == [1, 0, 0]


@pytest.mark.parametrize(
    "fields",
    [
        {"exclusion": "no_setting_in_country"},
        {"closed_at": NOON, "answer": "was_off"},
        {"withdrawn": True},
        {"undeliverable": True},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_nobody_else_is_owed_an_invitation(ask: Callable[..., Assignment], fields: Any) -> None:
    ask(**fields)
    assert reminders_plan(now=NOON) == 0


@pytest.mark.parametrize("state", ["draft", "paused", "closed"])
def test_a_campaign_that_does_not_run_owes_nothing(
    ask: Callable[..., Assignment], campaign: Campaign, state: str
) -> None:
    ask()
    Campaign.objects.update(state=state)
    assert reminders_plan(now=NOON) == 0


def test_nothing_is_owed_before_the_first_and_after_the_last_day(
    ask: Callable[..., Assignment],
) -> None:
    ask()
    assert reminders_plan(now=NOON - timedelta(days=3)) == 0
    assert reminders_plan(now=datetime(2027, 1, 4, 12, tzinfo=UTC)) == 0


def test_invitations_wait_for_the_window_and_for_a_working_day(
    ask: Callable[..., Assignment], campaign: Campaign
) -> None:
    ask(country="JP")
    ask(country="DE")
    assert reminders_plan(now=NOON - timedelta(hours=6)) == 0  # 06:00
    assert reminders_plan(now=NOON) == 1  # a holiday in Japan
    assert reminders_plan(now=NOON + timedelta(days=1)) == 1


def test_send_now_knows_neither_hour_nor_day(
    ask: Callable[..., Assignment], campaign: Campaign
) -> None:
    Campaign.objects.update(send_now=True, opens_on=date(2026, 11, 21))
    ask(country="JP")
    assert reminders_plan(now=datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == 1  # Saturday night


def test_send_now_means_the_companys_first_day_wherever_people_are(
    ask: Callable[..., Assignment], campaign: Campaign
) -> None:
    """Fails when everybody waits for their own first day: in Chicago it begins hours later."""
    Campaign.objects.update(send_now=True)
    ask(country="US", time_zone="America/Chicago")
    ask(country="JP", time_zone="Asia/Tokyo")
    opens = datetime(2026, 11, 23, tzinfo=UTC)  # 18:00 of the day before in Chicago
    assert reminders_plan(now=opens - timedelta(minutes=1)) == 0
    assert reminders_plan(now=opens) == 2


def test_a_reminder_is_due_after_so_many_working_days(invited: Callable[..., Assignment]) -> None:
    bob = invited()
    assert reminders_plan(now=THURSDAY_NOON - timedelta(days=1)) == 0
    assert reminders_plan(now=THURSDAY_NOON) == 1
    assert steps(bob) == [(0, State.ACCEPTED), (3, State.PENDING)]


def test_working_days_are_those_of_the_persons_country(invited: Callable[..., Assignment]) -> None:
    """The third working day after Monday is Thursday, in the United States Friday (Thanksgiving)."""
    carla = invited(country="US")
    assert reminders_plan(now=THURSDAY_NOON) == 0
    assert reminders_plan(now=THURSDAY_NOON + timedelta(days=1)) == 1
    assert steps(carla)[-1] == (3, State.PENDING)


def test_days_that_were_missed_are_caught_up_with_one_mail(
    invited: Callable[..., Assignment],
) -> None:
    bob = invited()
    later = datetime(2026, 12, 4, 12, tzinfo=UTC)  # nine working days later: 1 and 2 are due
    assert reminders_plan(now=later) == 1
    assert steps(bob) == [(0, State.ACCEPTED), (7, State.PENDING)]


def test_a_waiting_reminder_gives_way_to_a_later_one(invited: Callable[..., Assignment]) -> None:
    bob = invited()
    reminders_plan(now=THURSDAY_NOON)
    assert reminders_plan(now=datetime(2026, 12, 4, 12, tzinfo=UTC)) == 1
    assert steps(bob) == [(0, State.ACCEPTED), (3, State.CANCELLED), (7, State.PENDING)]
    assert Outcome.objects.get().answer == SUPERSEDED


@pytest.mark.parametrize("state", [State.LEASED, State.STARTED])
def test_nothing_is_planned_beside_a_mail_under_way(
    invited: Callable[..., Assignment], state: str
) -> None:
    bob = invited()
    MessageFactory.create(
        assignment=bob, step=3, state=state, lease_until=datetime(2026, 12, 4, 13, tzinfo=UTC)
    )
    assert reminders_plan(now=datetime(2026, 12, 4, 12, tzinfo=UTC)) == 0


def test_a_mail_on_its_day_or_later_stands_for_a_reminder(
    invited: Callable[..., Assignment],
) -> None:
    bob = invited()
    bob.mailed_on = THURSDAY_NOON.date()
    bob.save()
    assert reminders_plan(now=THURSDAY_NOON) == 0
    assert reminders_plan(now=THURSDAY_NOON + timedelta(days=1)) == 0
    assert reminders_plan(now=datetime(2026, 12, 4, 12, tzinfo=UTC)) == 1


def test_whose_invitation_is_still_waiting_gets_no_reminder(ask: Callable[..., Assignment]) -> None:
    """Reminders count from the day on which the invitation left, not from the first day."""
    ask()
    reminders_plan(now=NOON)
    assert reminders_plan(now=datetime(2026, 12, 4, 12, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    "fields",
    [{"closed_at": NOON, "answer": "left_on"}, {"withdrawn": True}, {"undeliverable": True}],
)
def test_no_reminder_after_answering_leaving_or_a_refused_address(
    invited: Callable[..., Assignment], fields: Any
) -> None:
    """Promise 2. Without `remindable()` in `_campaign_plan` each of these is reminded."""
    invited(**fields)
    assert reminders_plan(now=THURSDAY_NOON) == 0


def test_whoever_needs_help_is_still_reminded(invited: Callable[..., Assignment]) -> None:
    invited(answer="need_help", answered_at=NOON)
    assert reminders_plan(now=THURSDAY_NOON) == 1


def test_whoever_is_back_is_owed_the_invitation_again(ask: Callable[..., Assignment]) -> None:
    assignment = ask()
    reminders_plan(now=NOON)
    messages_cancel(assignments=type(assignment).objects.all(), reason=LEFT, now=NOON)
    assert steps(assignment) == [(0, State.CANCELLED)]
    assert reminders_plan(now=NOON) == 1
    assert steps(assignment) == [(0, State.PENDING)]
    assert list(Outcome.objects.order_by("id").values_list("state", flat=True)) == [
        "cancelled",
        "pending",
    ]


def test_what_was_planned_in_the_instant_of_the_answer_is_cancelled_by_the_next_plan(
    ask: Callable[..., Assignment],
) -> None:
    assignment = ask(closed_at=NOON, answer="was_off")
    message = MessageFactory.create(assignment=assignment)
    reminders_plan(now=NOON)
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.CANCELLED, ANSWERED)


def test_only_the_named_campaign_is_planned(
    ask: Callable[..., Assignment], campaign: Campaign
) -> None:
    ask()
    assert reminders_plan(now=NOON, campaign_id=campaign.pk + 1) == 0
    assert reminders_plan(now=NOON, campaign_id=campaign.pk) == 1


def test_a_plan_takes_the_same_number_of_statements_for_any_number_of_people(
    ask: Callable[..., Assignment], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        ask()
    with django_assert_max_num_queries(35):
        reminders_plan(now=NOON)
    assert Message.objects.count() == 30


def test_an_extension_owes_nothing_for_days_before_it(
    campaign: Campaign, invited: Callable[..., Assignment]
) -> None:
    """Without `due_since`, two days before the new due date is yesterday, and everybody is mailed."""
    Campaign.objects.update(
        policy=Policy.from_text("due-2, due").to_json(), due_on=date(2026, 12, 9)
    )
    bob = invited(due_on=date(2026, 12, 9))
    Assignment.objects.filter(pk=bob.pk).update(mailed_on=date(2026, 12, 7))
    thursday = datetime(2026, 12, 10, 12, tzinfo=UTC)
    campaign.refresh_from_db()
    campaign_extend(
        campaign=campaign,
        due_on=date(2026, 12, 11),
        closes_on=date(2026, 12, 31),
        user=None,
        now=thursday,
    )
    assert reminders_plan(now=thursday) == 0
    assert reminders_plan(now=thursday + timedelta(days=1)) == 1
    assert steps(bob)[-1] == (2000, State.PENDING)
