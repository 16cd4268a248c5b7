"""What the preflight says about the sender: DNS records to have, and a link that looks foreign."""

from typing import Any

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Campaign
from compliance.launch.obstacles import launch_notes
from compliance.launch.senders import sender_notes
from tests.factories import NOON, CampaignFactory


@pytest.fixture
def hosted(settings: Settings) -> Settings:
    """At https://optrail.example.com, mails from privacy@example.com."""
    settings.PUBLIC_URL = "https://optrail.example.com"
    settings.EMAIL_FROM = "privacy@example.com"
    settings.EMAIL_URL = ""
    return settings


def test_the_three_records_are_named_with_their_places(hosted: Settings) -> None:
    [note] = sender_notes(Campaign())
    for words in (
        "privacy@example.com",
        "SPF, a TXT record at example.com:",
        "<selector>._domainkey.example.com",
        "_dmarc.example.com",
    ):
        assert words in note


def test_the_campaigns_own_sender_counts(hosted: Settings) -> None:
    [records, foreign] = sender_notes(Campaign(from_address="trust@example.net"))
    assert "_dmarc.example.net" in records
    assert "come from example.net, and their links lead to optrail.example.com" in foreign


def test_a_known_server_brings_its_words_for_spf(hosted: Settings) -> None:
    hosted.EMAIL_URL = "smtp://me@smtp.office365.com:587/?tls=true"
    assert "with include:spf.protection.outlook.com" in next(sender_notes(Campaign()))


@pytest.mark.parametrize(
    ("host", "sender", "foreign"),
    [
        ("optrail.example.com", "example.com", False),
        ("example.com", "mail.example.com", False),
        ("optrail.example.co.uk", "mail.example.co.uk", False),
        ("optrail.other.co.uk", "example.co.uk", True),
        ("ask.bmw.de", "mail.bmw.de", False),
        ("optrail.example.org", "example.com", True),
        ("notexample.com", "example.com", True),
        ("optrail", "example.com", True),
    ],
)
def test_a_link_that_leads_elsewhere_than_the_sender_is_said(
    host: str, sender: str, foreign: bool, hosted: Settings
) -> None:
    hosted.PUBLIC_URL = f"https://{host}"
    notes = list(sender_notes(Campaign(from_address=f"privacy@{sender}")))
    assert (len(notes) == 2) is foreign


def test_a_local_installation_is_spared(hosted: Settings) -> None:
    hosted.LOCAL, hosted.HTTPS = True, False
    assert list(sender_notes(Campaign())) == []


@pytest.mark.django_db
def test_the_preflight_shows_it(hosted: Settings, linkedin: Any) -> None:
    """Fails when the preflight does not ask."""
    notes = launch_notes(CampaignFactory.create(), now=NOON)
    assert any("_dmarc.example.com" in note for note in notes)


@pytest.mark.parametrize(("address", "said"), [("a" * 24, False), ("a" * 25, True)])
def test_an_address_without_room_for_a_secret_is_said(
    hosted: Settings, address: str, said: bool
) -> None:
    hosted.EMAIL_BOUNCES = True
    notes = list(sender_notes(Campaign(from_address=f"{address}@example.com")))
    assert any("24 characters" in note for note in notes) is said
