"""Nobody is mailed after a pause, a close or a leave: from the launch to the mail server."""

from typing import Any

import pytest
from django.db import transaction

from accounts.directory.models import Employee
from accounts.directory.signals import directory_changed, directory_changing
from accounts.signin.models import User
from compliance.campaigns import services
from compliance.campaigns.models import Campaign
from compliance.guides.models import GuideVersion
from compliance.reminders.models import Message
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from tests.compliance.launch.conftest import Inbox
from tests.factories import NOON, CampaignFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def running(linkedin: GuideVersion, bob: Employee, carla: Employee, alice: User) -> Campaign:
    """A campaign that owes Bob and Carla an invitation."""
    return services.campaign_launch(campaign=CampaignFactory.create(), user=alice, now=NOON)


def recipients(inbox: Inbox) -> set[str]:
    """Whom a run of the pump mails."""
    pump(clock=lambda: NOON)
    return {mail["X-RcptTo"] for mail in inbox.mails}


def states() -> dict[str, Any]:
    """First name → state and reason of the invitation."""
    rows = Message.objects.values_list("assignment__first_name", "state", "reason")
    return {name: (state, reason) for name, state, reason in rows}


def test_a_launch_owes_everybody_an_invitation_at_once(running: Campaign, inbox: Inbox) -> None:
    assert recipients(inbox) == {"bob@example.com", "carla@example.com"}


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(
    running: Campaign, inbox: Inbox, alice: User
) -> None:
    """Fails when the pause does not reach the pump's condition: promise 2."""
    services.campaign_pause(campaign=running, user=alice, now=NOON)
    assert recipients(inbox) == set()
    services.campaign_resume(campaign=running, user=alice, now=NOON)
    reminders_plan(now=NOON)
    assert recipients(inbox) == {"bob@example.com", "carla@example.com"}


def test_a_closed_campaign_owes_nothing_any_more(
    running: Campaign, inbox: Inbox, alice: User
) -> None:
    """Fails when the close does not send `asking_stopped`: promise 2."""
    services.campaign_close(campaign=running, user=alice, now=NOON)
    assert states() == {"Bob": ("cancelled", "closed"), "Carla": ("cancelled", "closed")}
    assert recipients(inbox) == set()


def test_whoever_left_is_owed_nothing_any_more(
    running: Campaign, inbox: Inbox, bob: Employee
) -> None:
    """Fails when withdrawals are not told to the reminders: promise 2."""
    Employee.objects.filter(pk=bob.pk).update(active=False, left_at=NOON, left_reason="missing")
    with transaction.atomic():
        directory_changing.send(sender=None, now=NOON)
        directory_changed.send(sender=None, now=NOON, seq=99)
    assert states()["Bob"] == ("cancelled", "left")
    assert recipients(inbox) == {"carla@example.com"}
