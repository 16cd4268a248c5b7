"""What the digest counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_pause
from compliance.notices.digest import digest, stalled
from compliance.notices.letters import digest_letter
from compliance.reminders.models import Message, Outcome, State
from tests.compliance.notices.test_plan import FACTS
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NEXT_MONDAY = NOON + timedelta(days=7)


def needs(now: object = NOON) -> list[str]:
    return [need.text for one in digest(now=now).standings for need in one.needs]  # type: ignore[arg-type]


def test_nothing_waits_for_a_decision(ask: Callable[..., Assignment]) -> None:
    ask(invited=True)
    assert needs() == []
    letter = digest_letter(digest(now=NOON))
    assert letter.subject == "Optrail: nothing waits for a decision"
    assert "0 of 1 people have answered (0 %)" in letter.text


def test_each_thing_that_waits_is_counted_and_linked(
    campaign: Campaign, ask: Callable[..., Assignment], owe: Callable[..., Message]
) -> None:
    bob = ask(invited=True, undeliverable=True)
    ask(invited=True, answer="need_help")
    ask(invited=True, answer="need_help")
    owe(ask(invited=True), state=State.UNCERTAIN, next_at=None)
    assert needs() == [
        "1 mail was perhaps sent",
        "1 person gets no mails: undeliverable",
        "2 people ask for help",
    ]
    letter = digest_letter(digest(now=NOON))
    assert letter.subject == "Optrail: 3 matters wait for a decision"
    for body in (letter.text, letter.html.replace("&amp;", "&")):
        assert (
            f"https://optrail.example.com/campaigns/{campaign.pk}/people/?status=need_help" in body
        )
        assert "https://optrail.example.com/sending/?list=uncertain" in body
        assert bob.name not in body
        assert bob.email not in body


def test_a_pause_by_optrail_is_the_first_thing(campaign: Campaign) -> None:
    campaign_pause(campaign=campaign, user=None, now=NOON, reason="transport", facts=FACTS)
    assert needs() == ["Paused by Optrail: something is wrong with the mail server"]


def test_mails_that_do_not_leave_are_stalled_until_one_does(
    campaign: Campaign, owe: Callable[..., Message]
) -> None:
    message = owe()
    assert not stalled(campaign, now=NOON + timedelta(hours=5))
    # Owed since Monday; on Wednesday a whole working day has gone by without any.
    wednesday = NOON + timedelta(days=2)
    assert stalled(campaign, now=wednesday)
    Outcome.objects.create(
        message=message, attempt=1, state=State.ACCEPTED, at=wednesday - timedelta(days=1)
    )
    assert not stalled(campaign, now=wednesday)


def test_a_weekend_is_no_stall(campaign: Campaign, owe: Callable[..., Message]) -> None:
    owe(next_at=NOON + timedelta(days=4, hours=4))
    assert not stalled(campaign, now=NEXT_MONDAY)


def test_people_whom_nobody_invited_are_a_stall(
    campaign: Campaign, ask: Callable[..., Assignment]
) -> None:
    ask()
    assert stalled(campaign, now=NEXT_MONDAY)
    Assignment.objects.update(invited_on=NOON.date())
    assert not stalled(campaign, now=NEXT_MONDAY)
