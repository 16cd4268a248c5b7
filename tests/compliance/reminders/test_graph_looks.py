"""The check on the page Microsoft, as far as mail goes: asked of Microsoft, nothing is sent."""

import pytest
from pytest_django import Settings

from accounts.entra.checks import check
from tests.factories import NOON
from tests.standins.entra.contract import Answer
from tests.standins.graph.mail import PostOffice

pytestmark = pytest.mark.django_db
BOX, SECOND = "privacy@example.com", "second@example.com"


def said(title: str) -> list[tuple[str, str]]:
    return [(each.tone, each.words) for each in check(now=NOON) if each.title == title]


def test_each_mailbox_is_tried_and_nothing_is_sent(office: PostOffice, settings: Settings) -> None:
    """Looked at the settings alone: fails, a mailbox that may not send is found out at launch."""
    settings.EMAIL_URL = f"graph://{BOX},{SECOND}"
    (good, words), (bad, advice) = said("Sending")
    assert (good, bad) == ("good", "bad")
    assert f"lets us send from {BOX}" in words
    assert f"does not let us send from {SECOND}" in advice
    assert "Application Mail.Send" in advice
    assert office.sent == []


def test_a_mailbox_that_rests_is_not_tried(office: PostOffice) -> None:
    """Asked past the berths: fails, the stand-in counts who comes back too early."""
    office.script.append(Answer(429, {}, {"Retry-After": "60"}))
    assert said("Sending")[0][0] == "warn"
    assert said("Sending")[0][0] == "warn"


def test_the_bounce_mailbox_is_tried(office: PostOffice, settings: Settings) -> None:
    assert said("Bounces") == []
    settings.BOUNCE_IMAP_URL = f"graph://{BOX}"
    assert said("Bounces") == [("good", f"The bounce mailbox {BOX} may be read.")]
    office.rights = {"Mail.Send"}
    [(tone, words)] = said("Bounces")
    assert tone == "bad"
    assert "Application Mail.ReadWrite" in words


def test_a_token_for_smtp_without_its_permission_is_said(
    office: PostOffice, settings: Settings
) -> None:
    url = "smtp://privacy%40example.com@smtp.office365.com:587/?tls=true"
    settings.EMAIL_URL = f"{url}&token=entra"
    [(tone, words)] = said("Sending")
    assert tone == "bad"
    assert "SMTP.SendAsApp (Office 365 Exchange Online) is missing" in words
    office.realm.permissions = {"User.Read.All", "SMTP.SendAsApp"}
    assert said("Sending")[0][0] == "good"
    settings.EMAIL_URL = url
    assert said("Sending") == []
