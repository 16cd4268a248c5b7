"""Changing the reminders of a running campaign: who may, what waits, and what stays on record."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.campaigns.parameters import policy_digest
from compliance.campaigns.policy import Policy, Wording
from compliance.campaigns.services import campaign_change_policy, campaign_launch
from compliance.guides.models import GuideVersion
from compliance.reminders.models import Message, State
from compliance.reminders.plan import reminders_plan
from ledger.commands import Refusal
from ledger.models import Event, VaultEntry
from tests.factories import NOON, CampaignFactory, MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def running(linkedin: GuideVersion, bob: Employee, alice: User) -> Campaign:
    """“3, 7, 12”, launched at noon; Bob is asked."""
    return campaign_launch(campaign=CampaignFactory.create(), user=alice, now=NOON)


def changed(campaign: Campaign, policy: Policy | str, now: datetime = NOON) -> Campaign:
    wanted = campaign.reminders.rewritten(policy) if isinstance(policy, str) else policy
    return campaign_change_policy(campaign=campaign, policy=wanted, user=None, now=now)


def reminder_of(campaign: Campaign, step: int, **fields: Any) -> Message:
    person = campaign.assignments.get()
    day = NOON.date()
    campaign.assignments.update(invited_on=day, counts_from=day, mailed_on=day)
    person.messages.all().delete()
    return MessageFactory.create(assignment=person, step=step, **fields)


def test_the_change_is_a_decision_in_the_ledger(running: Campaign, alice: User) -> None:
    """The ledger holds codes and digests; the words that were replaced stand in the vault."""
    worded = running.reminders.worded(running.reminders.steps[0], {"en": Wording("Dear Bob")})
    campaign_change_policy(campaign=running, policy=worded, user=alice, now=NOON)
    campaign = changed(running, "3, due", NOON + timedelta(days=1))
    last = campaign.decisions.latest("seq")
    event = Event.objects.get(seq=last.seq)
    body = json.loads(event.body)
    assert (last.kind, body["kind"]) == ("policy", "campaign.policy")
    assert body["data"] == last.detail
    assert last.detail["reminders"] == "3, due, at most 6"
    assert last.detail["policy_digest"] == policy_digest(campaign.policy)
    assert "Dear Bob" not in event.body
    commit_id = UUID(last.detail["committed"]["replaced_policy"].partition(":")[0])
    replaced = VaultEntry.objects.get(pk=commit_id)
    assert Policy.from_json(json.loads(replaced.value)).text == "3, 7, 12, at most 6"
    assert "Dear Bob" in replaced.value


@pytest.mark.parametrize("trait", ["closed", "draft"])
def test_only_campaigns_that_go_on_can_be_changed(linkedin: GuideVersion, trait: str) -> None:
    campaign = CampaignFactory.create(**{} if trait == "draft" else {trait: True})
    with pytest.raises(Refusal, match="only a running or paused"):
        changed(campaign, "due")
    campaign.refresh_from_db()
    assert campaign.reminders.text == "3, 7, 12, at most 6"


def test_a_paused_campaign_can_be_changed(linkedin: GuideVersion) -> None:
    assert changed(CampaignFactory.create(paused=True), "due").reminders.text == "due, at most 6"


def test_unusable_policies_and_those_that_change_nothing_are_refused(running: Campaign) -> None:
    """Fails when the service trusts its callers."""
    events = Event.objects.count()
    steps = running.reminders.steps
    links = running.reminders.worded(steps[0], {"en": Wording(opening="http://example.com")})
    for policy, reason in ((links, "The only link"), (running.reminders, "Nothing would change")):
        with pytest.raises(Refusal, match=reason):
            changed(running, policy)
    assert Event.objects.count() == events


def test_what_waits_of_a_removed_step_is_cancelled(running: Campaign) -> None:
    """Fails when the outbox does not hear of the change."""
    message = reminder_of(running, 3)
    changed(running, "7, 12")
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.CANCELLED, "policy changed")
    assert message.outcomes.get().answer == "policy changed"


def test_what_waits_of_other_steps_and_what_was_sent_stays(running: Campaign) -> None:
    waiting = reminder_of(running, 7)
    sent = MessageFactory.create(
        assignment=waiting.assignment, step=3, state=State.ACCEPTED, next_at=None
    )
    changed(running, "7, 12")
    for message, state in ((waiting, State.PENDING), (sent, State.ACCEPTED)):
        message.refresh_from_db()
        assert message.state == state


@pytest.mark.parametrize(("text", "owed"), [("2, 12", 0), ("4, 12", 1), ("3, 12", 1)])
def test_an_added_step_is_owed_from_today_on(
    linkedin: GuideVersion, bob: Employee, text: str, owed: int
) -> None:
    """On the fourth working day: 2 was added too late, 4 comes due today, 3 was missed by us.

    Fails when the planner does not look at the day on which a step was added.
    """
    campaign = CampaignFactory.create()
    campaign_launch(campaign=campaign, user=None, now=NOON)
    campaign.refresh_from_db()
    reminder_of(campaign, 0, state=State.ACCEPTED, next_at=None)
    friday = NOON + timedelta(days=4)
    changed(campaign, text, friday)
    assert reminders_plan(now=friday) == owed


@pytest.mark.parametrize(("limit", "state"), [(1, State.CANCELLED), (2, State.PENDING)])
def test_what_waits_beyond_a_lower_limit_is_cancelled(
    running: Campaign, limit: int, state: State
) -> None:
    """One reminder was sent, another one waits. Fails when only the planner knows the limit."""
    waiting = reminder_of(running, 7)
    MessageFactory.create(assignment=waiting.assignment, step=3, state=State.ACCEPTED, next_at=None)
    changed(running, f"3, 7, 12, at most {limit}")
    waiting.refresh_from_db()
    assert waiting.state == state
