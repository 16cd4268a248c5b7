"""Whoever is on leave gets no mails, and more time."""

import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import Policy
from compliance.guides.models import GuideVersion
from compliance.reminders.endings import mailed_note
from compliance.reminders.handover import start
from compliance.reminders.leave_services import leave_end, leave_record
from compliance.reminders.leaves import ON_LEAVE, leaves_settle
from compliance.reminders.models import Leave, Message, State
from compliance.reminders.outbox import claim
from compliance.reminders.plan import reminders_plan
from ledger.canonical import commitment
from ledger.commands import Refusal
from ledger.models import Event, VaultEntry
from ledger.vault import values_forget
from tests.compliance.reminders.away import at, away, december
from tests.factories import NOON, AssignmentFactory, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]

DAY = timedelta(days=1)
OWNER = UUID(int=7)


def test_nobody_on_leave_is_owed_or_handed_a_mail(
    ask: Callable[..., Assignment], owe: Callable[..., Message]
) -> None:
    """Fails without `on_leave` in the planner; without `~Exists(away)` in `permitted` (claim)."""
    somebody = ask()
    away(somebody.person, december(1), december(4))
    waiting = owe(ask())
    away(waiting.assignment.person, december(1), december(4))
    assert claim(owner=OWNER, now=at(december(1))) == []
    assert reminders_plan(now=at(december(1))) == 0
    assert reminders_plan(now=at(december(7))) == 2


def test_a_leave_that_begins_after_the_claim_stops_the_hand_over(
    owe: Callable[..., Message],
) -> None:
    """The fence looks again: fails without `permitted` in `start`."""
    owe()
    [parcel] = claim(owner=OWNER, now=NOON)
    away(parcel.carrier.assignment.person, NOON.date(), NOON.date())
    assert start(parcel, owner=OWNER, now=NOON) is None


def test_a_day_of_leave_is_a_day_where_the_person_is(ask: Callable[..., Assignment]) -> None:
    """In Sydney it is Tuesday when it is still Monday in Berlin."""
    person = EmployeeFactory.create(country="AU", time_zone="Australia/Sydney")
    ask(employee=person)
    away(person, date(2026, 11, 24), date(2026, 11, 24))
    tuesday_morning = datetime(2026, 11, 23, 23, tzinfo=UTC)  # 10:00 there
    assert reminders_plan(now=tuesday_morning) == 0
    assert reminders_plan(now=tuesday_morning + DAY) == 1


def test_what_waited_is_owed_anew_afterwards_in_one_mail(
    ask: Callable[..., Assignment], campaign: Campaign
) -> None:
    """Fails without `away_cancel`: the old reminder would leave beside its time."""
    person = ask(invited=True)
    reminders_plan(now=at(date(2026, 11, 26)))  # the reminder of the third working day
    away(person.person, date(2026, 11, 27), december(4))
    reminders_plan(now=at(date(2026, 11, 27)))
    assert [m.reason for m in person.messages.all()] == [ON_LEAVE]
    assert reminders_plan(now=at(december(4))) == 0
    assert reminders_plan(now=at(december(7))) == 1
    assert list(person.messages.values_list("step", "state")) == [(3, State.PENDING)]


def test_the_steps_count_on_after_the_leave(ask: Callable[..., Assignment]) -> None:
    """Invited on Monday, away from Tuesday for a week: the third working day is a week later.

    Fails without `leaves_settle` in the planner.
    """
    person = ask(invited=True)
    away(person.person, date(2026, 11, 24), date(2026, 11, 30))
    assert [reminders_plan(now=at(december(day))) for day in (1, 2)] == [0, 0]
    assert reminders_plan(now=at(december(3))) == 1
    person.refresh_from_db()
    assert (person.invited_on, person.counts_from) == (date(2026, 11, 23), date(2026, 11, 30))
    assert leaves_settle(now=at(december(4))) == 0


def test_two_leaves_that_ended_unseen_count_both(ask: Callable[..., Assignment]) -> None:
    person = ask(invited=True)
    away(person.person, date(2026, 11, 24), date(2026, 11, 25))
    away(person.person, date(2026, 11, 27), date(2026, 11, 27))
    assert leaves_settle(now=at(december(1))) == 2
    person.refresh_from_db()
    assert person.counts_from == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "reason"),
    [
        (december(9), december(7), "before it starts"),
        (date(2062, 12, 1), date(2062, 12, 2), "Check the years"),
        (december(3), december(10), "a leave from 2026-12-01 to 2026-12-04 already"),
    ],
)
def test_days_that_cannot_be_meant_are_refused(
    bob: Employee, starts_on: date, ends_on: date, reason: str
) -> None:
    away(bob, december(1), december(4))
    with pytest.raises(Refusal, match=reason):
        away(bob, starts_on, ends_on)
    assert Leave.objects.count() == 1


def test_a_leaver_and_a_leave_that_is_over_are_refused(bob: Employee) -> None:
    leave = away(bob, december(1), december(4))
    with pytest.raises(Refusal, match="is over"):
        leave_end(leave=leave, user=None, now=at(december(5)))
    leave_end(leave=leave, user=None, now=NOON)
    with pytest.raises(Refusal, match="ended already"):
        leave_end(leave=leave, user=None, now=NOON)
    gone = EmployeeFactory.create(left=True)
    with pytest.raises(Refusal, match="has left"):
        away(gone, december(1), december(4))


def test_the_ledger_holds_references_and_neither_name_nor_days(
    ask: Callable[..., Assignment], alice: Any
) -> None:
    """Removed: `commit_values`. Then bundles tell auditors when somebody was ill or with a child."""
    person = ask()
    recorded = leave_record(
        employee=person.person, starts_on=december(7), ends_on=december(9), user=alice, now=NOON
    )
    leave_end(leave=recorded.leave, user=alice, now=NOON)
    events = Event.objects.filter(body__contains='"kind":"leave.').order_by("seq")
    bodies = [event.body for event in events]
    assert [json.loads(body)["kind"] for body in bodies] == ["leave.recorded", "leave.ended"]
    assert all(f"employee:{person.employee_id}" in body for body in bodies)
    assert all(person.last_name not in body and person.email not in body for body in bodies)
    assert not any(day in body for body in bodies for day in ("2026-12-07", "2026-12-09"))
    kept = dict(VaultEntry.objects.values_list("field", "value"))
    assert kept == {"starts_on": "2026-12-07", "ends_on": "2026-12-09", "back_on": "2026-12-07"}
    assert json.loads(bodies[1])["data"]["leave"] == recorded.leave.seq
    for row in VaultEntry.objects.all():
        said = commitment(bytes(row.salt), row.field, row.value).hex()
        assert any(f"{row.commit_id}:{said}" in body for body in bodies)
    values_forget([f"employee:{person.employee_id}"])
    assert not VaultEntry.objects.exists()


SPANS = st.lists(st.tuples(st.integers(0, 35), st.integers(0, 9)), max_size=4)


@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(everybody=st.lists(SPANS, min_size=25, max_size=25))
def test_whatever_the_leaves_nobody_is_mailed_on_one_and_nobody_too_often(
    linkedin: GuideVersion, everybody: list[list[tuple[int, int]]]
) -> None:
    """Every weekday of a campaign, with 25 people and a pump that always succeeds."""
    policy = Policy.from_text("2, 4, due-1, due, every 2, at most 4")
    campaign = CampaignFactory.create(running=True, policy=policy.to_json())
    people = {person.pk: person for person in AssignmentFactory.create_batch(25, campaign=campaign)}
    for person, spans in zip(people.values(), everybody, strict=True):
        for offset, length in spans:
            first = campaign.opens_on + offset * DAY
            with suppress(Refusal):  # two of them overlap
                away(person.person, first, first + length * DAY)
    mailed = _mailed(campaign)
    for key, person in people.items():
        days = mailed[key]
        leaves = list(person.person.leaves.all())
        assert not [d for d in days for leave in leaves if leave.starts_on <= d <= leave.ends_on]
        assert len(days) == len(set(days)) <= 1 + policy.at_most
        assert days or leaves


def _mailed(campaign: Campaign) -> dict[UUID, list[date]]:
    """Run the campaign to its end: who was mailed on which days."""
    mailed: dict[UUID, list[date]] = defaultdict(list)
    for number in range((campaign.closes_on - campaign.opens_on).days + 1):
        now = NOON + number * DAY
        if now.weekday() > 4:
            continue
        reminders_plan(now=now, campaign_id=campaign.pk)
        for parcel in claim(owner=OWNER, now=now, campaign_id=campaign.pk):
            assert start(parcel, owner=OWNER, now=now)
            message = parcel.carrier
            mailed_note([message.assignment_id], invitation=message.step == 0, now=now)
            mailed[message.assignment_id].append(now.date())
        started = Message.objects.filter(state=State.STARTED)
        started.update(state=State.ACCEPTED, next_at=None, lease_until=None, lease_owner=None)
    return mailed
