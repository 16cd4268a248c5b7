from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from compliance.campaigns.models import Campaign
from compliance.reminders.attention import PAGE_SIZE
from compliance.reminders.breaker import breaker_check
from compliance.reminders.faults import transport_note
from compliance.reminders.instance import instance_check
from compliance.reminders.models import Instance, Message, Outcome, State
from ledger.models import Event
from tests.factories import NOON

pytestmark = pytest.mark.django_db
WHY = {"reason": "It is not in the server's log."}


@pytest.fixture
def uncertain(owe: Callable[..., Message]) -> Any:
    return owe(
        state=State.UNCERTAIN, state_at=NOON, reason="the line broke: Connection reset by peer"
    )


def test_the_page_names_server_and_sender_but_no_password(
    as_alice: Client, settings: Settings
) -> None:
    settings.EMAIL_URL = "smtps://optrail:secret@smtp.example.com"
    page = as_alice.get(reverse("sending")).content.decode()
    assert "smtp.example.com:465 (TLS, signs in)" in page
    assert "privacy@example.com" in page
    assert "secret" not in page


@pytest.mark.parametrize(
    ("minute", "day", "said"),
    [
        (30, 10_000, "30 mails a minute, 10,000 a day"),
        (30, 0, "30 mails a minute</dd>"),
        (0, 500, "500 a day"),
        (0, 0, "as many as the server takes"),
    ],
)
def test_both_limits_are_named(
    as_alice: Client, settings: Settings, minute: int, day: int, said: str
) -> None:
    settings.EMAIL_URL = "smtps://smtp.example.com"
    settings.EMAIL_RATE_PER_MINUTE, settings.EMAIL_RATE_PER_DAY = minute, day
    assert said in as_alice.get(reverse("sending")).content.decode()


def test_without_a_mail_server_it_says_what_to_do(as_alice: Client, settings: Settings) -> None:
    settings.EMAIL_URL = ""
    assert "EMAIL_URL" in as_alice.get(reverse("sending")).content.decode()


def test_faulty_settings_are_named(as_alice: Client, settings: Settings) -> None:
    settings.EMAIL_URL = "pigeon://roof"
    assert "names no mail server" in as_alice.get(reverse("sending")).content.decode()


def test_uncertain_mails_are_listed_with_what_is_known(
    as_alice: Client, uncertain: Message
) -> None:
    page = as_alice.get(reverse("sending")).content.decode()
    assert uncertain.assignment.name in page
    assert "Connection reset by peer" in page
    assert "Invitation" in page


def test_undeliverable_mails_have_a_list_of_their_own(
    as_alice: Client, uncertain: Message, owe: Callable[..., Message]
) -> None:
    refused = owe(state=State.REJECTED, state_at=NOON, reason="no such user", step=2)
    page = as_alice.get(reverse("sending", query={"list": "undeliverable"})).content.decode()
    assert refused.assignment.name in page
    assert "Reminder, 2 working days after the invitation" in page
    assert uncertain.assignment.name not in page


def test_long_lists_come_in_pages(as_alice: Client, owe: Callable[..., Message]) -> None:
    names = [
        owe(state=State.UNCERTAIN, state_at=NOON).assignment.name for _ in range(PAGE_SIZE + 1)
    ]
    first = as_alice.get(reverse("sending"))
    after = first.context["page"].after
    second = as_alice.get(reverse("sending", query={"list": "uncertain", "after": after}))
    shown = [
        row.mail.assignment.name for page in (first, second) for row in page.context["page"].rows
    ]
    assert sorted(shown) == sorted(names)
    assert as_alice.get(reverse("sending", query={"after": "nonsense"})).status_code == 200


def test_looking_changes_nothing(
    as_alice: Client, uncertain: Message, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Promise 3."""
    before = list(Message.objects.values()), Outcome.objects.count(), Event.objects.count()
    with django_assert_max_num_queries(20):
        as_alice.get(reverse("sending"))
    as_alice.head(reverse("sending"))
    assert (
        list(Message.objects.values()),
        Outcome.objects.count(),
        Event.objects.count(),
    ) == before
    assert not Instance.objects.exists()


@pytest.mark.parametrize(
    ("route", "state"), [("message_resend", "pending"), ("message_write_off", "written_off")]
)
def test_an_officer_decides_and_is_led_back(
    as_alice: Client, uncertain: Message, route: str, state: str
) -> None:
    response = as_alice.post(reverse(route, args=[uncertain.pk]), {**WHY, "list": "uncertain"})
    assert response["Location"] == reverse("sending", query={"list": "uncertain"})
    uncertain.refresh_from_db()
    assert (uncertain.state, uncertain.reason) == (state, WHY["reason"])


def test_from_the_persons_page_it_leads_back_there(as_alice: Client, uncertain: Message) -> None:
    response = as_alice.post(reverse("message_resend", args=[uncertain.pk]), WHY)
    assert response["Location"] == reverse("assignment", args=[uncertain.assignment_id])


def test_a_decision_without_a_reason_is_refused(as_alice: Client, uncertain: Message) -> None:
    page = as_alice.post(
        reverse("message_resend", args=[uncertain.pk]), {"list": "uncertain"}, follow=True
    )
    assert "Say why" in page.content.decode()
    assert Message.objects.get().state == State.UNCERTAIN


def test_an_officer_releases_what_is_held(as_alice: Client, settings: Settings) -> None:
    instance_check(now=NOON)
    settings.INSTANCE_ID = "another installation"
    page = as_alice.get(reverse("sending")).content.decode()
    assert "Sending is held" in page
    assert "Release sending" in page
    response = as_alice.post(reverse("sending_release"), follow=True)
    assert "mails leave again" in response.content.decode()
    assert "Sending is held" not in as_alice.get(reverse("sending")).content.decode()


def test_nothing_to_release_is_said(as_alice: Client) -> None:
    assert "not held" in as_alice.post(reverse("sending_release"), follow=True).content.decode()


def test_an_auditor_reads_and_decides_nothing(
    as_aino: Client, uncertain: Message, settings: Settings
) -> None:
    """Promise 7. Refusal, effect and record in one: nothing happens, and nothing is written."""
    instance_check(now=NOON)
    settings.INSTANCE_ID = "another installation"
    page = as_aino.get(reverse("sending")).content.decode()
    assert uncertain.assignment.name in page
    assert "Decide" not in page
    assert "Release sending" not in page
    for route, args in [
        ("message_resend", [uncertain.pk]),
        ("message_write_off", [uncertain.pk]),
        ("sending_release", []),
        ("sending_stop", []),
    ]:
        assert as_aino.post(reverse(route, args=args), WHY).status_code == 403
    assert Message.objects.get().state == State.UNCERTAIN
    assert not Event.objects.exclude(body__contains="guide.published").exists()


def test_an_outsider_is_sent_to_sign_in(as_mallory: Client, uncertain: Message) -> None:
    for route, args in [
        ("sending", []),
        ("message_resend", [uncertain.pk]),
        ("sending_release", []),
        ("sending_stop", []),
    ]:
        assert as_mallory.post(reverse(route, args=args), WHY).status_code == 302
    assert Message.objects.get().state == State.UNCERTAIN


def test_an_officer_stops_all_mail_and_every_page_says_so(
    as_alice: Client, as_aino: Client, uncertain: Message
) -> None:
    page = as_alice.get(reverse("sending")).content.decode()
    assert "Stop all mail now" in page
    refused = as_alice.post(reverse("sending_stop"), {"reason": " "}, follow=True)
    assert "Say why" in refused.content.decode()
    assert as_alice.post(reverse("sending_stop"), {"reason": "Wrong audience"}).status_code == 302
    campaign = reverse("campaign", args=[uncertain.assignment.campaign_id])
    for address in (reverse("sending"), reverse("campaigns"), campaign):
        page = as_aino.get(address).content.decode()
        assert "Alice Officer" in page
        assert "Wrong audience" in page
    page = as_alice.get(reverse("sending")).content.decode()
    assert "Stop all mail now" not in page
    assert "Release sending" in page


def test_what_a_broken_server_refused_is_one_button(
    as_alice: Client, as_aino: Client, campaign: Campaign, owe: Callable[..., Message]
) -> None:
    now = timezone.now()
    for _ in range(20):
        refused = owe(state=State.REJECTED, state_at=now, reason="relaying denied", next_at=None)
        Outcome.objects.create(
            message=refused, attempt=1, state=State.REJECTED, at=now, code=550, answer="denied"
        )
    breaker_check(now=now)
    page = as_aino.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "refused 20 of the last 20 mails" in page
    page = as_aino.get(reverse("sending")).content.decode()
    assert "relaying denied" in page
    assert "Send the 20 refused mails again" not in page
    page = as_alice.get(reverse("sending")).content.decode()
    assert "Send the 20 refused mails again" in page
    assert as_aino.post(reverse("campaign_refused", args=[campaign.pk])).status_code == 403
    done = as_alice.post(reverse("campaign_refused", args=[campaign.pk]), follow=True)
    assert "20 mails wait to be sent again" in done.content.decode()
    again = as_alice.post(reverse("campaign_refused", args=[campaign.pk]), follow=True)
    assert "left to send" in again.content.decode()
    assert Message.objects.filter(state=State.PENDING).count() == 20


def test_a_server_that_is_down_is_said(
    as_alice: Client, uncertain: Message, settings: Settings
) -> None:
    settings.EMAIL_URL = "smtps://smtp.example.com"
    instance_check(now=NOON)
    transport_note("The mail server cannot be reached: connection refused", now=NOON)
    assert "connection refused" in as_alice.get(reverse("sending")).content.decode()
    assert "takes no mails" in as_alice.get(reverse("campaigns")).content.decode()


@pytest.mark.parametrize(
    "route", ["message_resend", "message_write_off", "sending_release", "sending_stop"]
)
def test_decisions_are_posted(as_alice: Client, uncertain: Message, route: str) -> None:
    args = [] if route.startswith("sending") else [uncertain.pk]
    assert as_alice.get(reverse(route, args=args)).status_code == 405
