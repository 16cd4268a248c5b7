"""The undeliverable queue: pass the link on by hand, or correct the address and send again."""

import json
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.links import link_url
from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders.models import Message, State
from compliance.reminders.pump import pump
from ledger.models import Event
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON, AssignmentFactory, CampaignFactory, MessageFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
QUEUE = "/sending/?list=undeliverable"


@pytest.fixture
def bounced(ask: Callable[..., Assignment], bob: Employee) -> Message:
    """Bob's invitation, which came back."""
    return came_back(ask(employee=bob, undeliverable=True))


def came_back(assignment: Assignment, **fields: object) -> Message:
    return MessageFactory.create(
        assignment=assignment,
        recipient="bob@example.com",
        state=State.BOUNCED,
        state_at=NOON,
        dated_at=NOON,
        next_at=None,
        reason="550 5.1.1 <address>: no such user",
        **fields,
    )


def events() -> list[str]:
    return [json.loads(e.body)["kind"] for e in Event.objects.order_by("seq")]


def test_the_queue_shows_whom_where_why_and_since_when(as_aino: Client, bounced: Message) -> None:
    page = unescape(as_aino.get(QUEUE).content.decode())
    for words in ("Bob Berger", "to bob@example.com", "<address>: no such user", "23 Nov 2026"):
        assert words in page
    assert "Correct the address" not in page
    assert "Copy the link" not in page


def test_an_officer_corrects_the_address_and_the_mail_goes_there(
    as_alice: Client, bounced: Message, clock: Clock, server: Sink
) -> None:
    page = as_alice.get(reverse("message_address", args=[bounced.pk])).content.decode()
    assert "Correct the address of Bob Berger" in page
    answer = as_alice.post(
        reverse("message_address", args=[bounced.pk]), {"email": "Robert@example.com"}
    )
    assert answer["Location"] == QUEUE
    bounced.refresh_from_db()
    assert (bounced.state, bounced.reason) == (State.PENDING, "The address was corrected.")
    assert events()[-2:] == ["employee.address_corrected", "message.resent"]
    assert not Assignment.objects.get().undeliverable
    Message.objects.update(next_at=NOON)
    pump(clock=clock)
    assert server.recipients == ["robert@example.com"]
    (mail,) = server.mails
    assert mail["Message-ID"] == f"<{bounced.id.hex}@example.com>"


def test_all_campaigns_of_the_person_go_on_with_one_mail_each(
    as_alice: Client, bounced: Message, campaign: Campaign
) -> None:
    """Removed: the set of assignments in `_owe_again`. This test then fails."""
    newer = came_back(bounced.assignment, step=3, planned_at=NOON + timedelta(days=3))
    elsewhere = CampaignFactory.create(running=True, guide_version=campaign.guide_version)
    other = came_back(
        AssignmentFactory.create(
            campaign=elsewhere, employee=bounced.assignment.employee, undeliverable=True
        ),
        carried_by=bounced,
    )
    as_alice.post(reverse("message_address", args=[bounced.pk]), {"email": "new@example.com"})
    states = {mail.pk: mail.state for mail in Message.objects.all()}
    assert states == {
        bounced.pk: State.WRITTEN_OFF,
        newer.pk: State.PENDING,
        other.pk: State.PENDING,
    }
    assert Message.objects.get(pk=other.pk).carried_by is None
    assert not Assignment.objects.filter(undeliverable=True).exists()


def test_an_address_that_cannot_be_is_refused_and_nothing_changes(
    as_alice: Client, bounced: Message, carla: Employee
) -> None:
    answer = as_alice.post(
        reverse("message_address", args=[bounced.pk]), {"email": "carla@example.com"}
    )
    assert "belongs to somebody else" in answer.content.decode()
    bounced.refresh_from_db()
    assert bounced.state == State.BOUNCED
    assert "employee.address_corrected" not in events()


def test_whoever_answered_meanwhile_gets_no_mail_at_the_corrected_address(
    as_alice: Client, bounced: Message
) -> None:
    Assignment.objects.update(answer="was_off", closed_at=NOON)
    page = as_alice.get(QUEUE).content.decode()
    assert "has answered meanwhile" in page
    assert "Correct the address" not in page
    url = reverse("message_address", args=[bounced.pk])
    assert (
        "Nothing is sent again"
        in as_alice.post(url, {"email": "new@example.com"}, follow=True).content.decode()
    )
    bounced.refresh_from_db()
    assert bounced.state == State.BOUNCED


def test_a_leavers_address_is_not_corrected(as_alice: Client, bounced: Message) -> None:
    Employee.objects.update(active=False, left_at=NOON)
    url = reverse("message_address", args=[bounced.pk])
    page = as_alice.post(url, {"email": "new@example.com"}).content.decode()
    assert "has left the company" in page


def test_an_officer_gets_the_link_to_pass_on_and_the_ledger_says_so(
    as_alice: Client, alice: User, bounced: Message
) -> None:
    """Removed: `require_POST`, or the event. This test then fails."""
    url = reverse("message_link", args=[bounced.pk])
    assert as_alice.get(url).status_code == 405
    before = len(events())
    answer = as_alice.post(url)
    assert link_url(bounced.assignment) in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert len(events()) == before + 1
    event = json.loads(Event.objects.latest("seq").body)
    assert (event["kind"], event["actor"], event["subject"]) == (
        "link.shown",
        alice.ref,
        bounced.assignment.ref,
    )
    assert "/a/" not in as_alice.get(QUEUE).content.decode()


@pytest.mark.parametrize("change", [{"closed_at": NOON}, {"withdrawn": True}])
def test_no_link_of_somebody_who_answered_or_left_is_shown(
    as_alice: Client, bounced: Message, change: dict[str, object]
) -> None:
    Assignment.objects.update(**change)
    page = as_alice.post(reverse("message_link", args=[bounced.pk]), follow=True)
    assert "Nobody waits for this answer" in page.content.decode()
    assert "link.shown" not in events()


def test_nothing_is_done_about_a_mail_that_has_not_come_back(
    as_alice: Client, bounced: Message
) -> None:
    Message.objects.update(state=State.ACCEPTED)
    assert as_alice.get(reverse("message_address", args=[bounced.pk])).status_code == 404
    page = as_alice.post(reverse("message_link", args=[bounced.pk]), follow=True)
    assert "has not come back" in page.content.decode()
    assert "link.shown" not in events()


def test_an_auditor_sees_the_queue_and_acts_on_nothing(as_aino: Client, bounced: Message) -> None:
    """Promise 7."""
    before = events()
    address, link = (
        reverse(name, args=[bounced.pk]) for name in ("message_address", "message_link")
    )
    assert as_aino.post(address, {"email": "new@example.com"}).status_code == 403
    assert as_aino.get(address).status_code == 403
    assert as_aino.post(link).status_code == 403
    assert events() == before
    assert Employee.objects.get().email == "bob@example.com"
