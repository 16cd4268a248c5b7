"""Addresses, envelopes and return paths."""

import re
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.guides.models import GuideVersion
from compliance.reminders.mails import (
    UnmailableError,
    bounce_key,
    envelope_for,
    mail_bytes,
    plain_mail,
    return_path,
)
from compliance.reminders.mails.addresses import address_of
from compliance.reminders.transports.line import Envelope, TransportDownError
from tests.compliance.reminders.mailroom import campaign_of, mail_of, message_to
from tests.compliance.reminders.strict import body, read, wire
from tests.factories import NOON

pytestmark = pytest.mark.django_db
OURS = "privacy@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "a b@example.com",
        "bob@exam\nple.com",
        "bob",
        "bob@" + "x" * 64 + ".com",
        "@example.com",
        "bob@exa..mple.com",
        "=?utf-8?q?mallory=40evil.example?=@example.com",
    ],
)
def test_what_is_no_address_is_refused_in_words(linkedin: GuideVersion, address: str) -> None:
    message = message_to(recipient=address)
    with pytest.raises(UnmailableError, match="cannot be written"):
        envelope_for(message)
    with pytest.raises(UnmailableError, match="cannot be written"):
        mail_bytes([message], now=NOON)


@given(address=st.emails())
def test_any_usual_address_is_taken_as_it_is(address: str) -> None:
    assert address_of(address) == address or '"' in address_of(address)


@given(text=st.text(max_size=60))
def test_no_text_becomes_an_address_with_a_line_or_a_second_recipient(text: str) -> None:
    try:
        address = address_of(f"{text}@example.com")
    except UnmailableError:
        return
    assert not re.search(r"[\x00-\x20\x7f<>]", re.sub(r'^".*"@', "@", address)), address


def test_domains_beyond_ascii_travel_in_ascii(linkedin: GuideVersion) -> None:
    message = message_to(recipient="bob@müller.example")
    assert envelope_for(message).recipient == "bob@xn--mller-kva.example"
    assert mail_of(message)["To"].addresses[0].domain == "xn--mller-kva.example"


def test_local_parts_beyond_ascii_are_kept_for_servers_that_take_them(
    linkedin: GuideVersion,
) -> None:
    message = message_to(recipient="jörg@example.com", first_name="Jörg")
    assert envelope_for(message).recipient == "jörg@example.com"
    data = mail_bytes([message], now=NOON)
    wire(data)
    assert "\r\nTo: =?utf-8?q?J=C3=B6rg_Berger?= <jörg@example.com>\r\n" in data.decode()


@pytest.mark.parametrize("ours", ["nobody", "prïvacy@example.com"])
def test_an_address_of_ours_that_is_none_is_no_messages_fault(
    linkedin: GuideVersion, settings: Settings, ours: str
) -> None:
    """As an UnmailableError it would mark everybody undeliverable."""
    settings.EMAIL_FROM = ours
    with pytest.raises(TransportDownError, match=ours):
        envelope_for(message_to())


def test_mails_come_from_our_own_address_unless_bounces_are_read() -> None:
    assert return_path(uuid4(), OURS) == OURS


def test_a_return_path_of_its_own_leads_back_to_its_message(
    linkedin: GuideVersion, settings: Settings
) -> None:
    settings.EMAIL_BOUNCES = True
    message = message_to(campaign_of(from_address="asks@works.example"))
    path = envelope_for(message).sender
    assert re.fullmatch(r"asks\+[a-z2-7]{39}@works\.example", path)
    assert bounce_key(path) == bounce_key(f"<{path.upper()}>") == message.id
    assert message.id.hex not in mail_bytes([message], now=NOON).decode().partition("To:")[2]


def test_nobody_makes_a_return_path_without_our_key(settings: Settings) -> None:
    """Compare nothing in `bounce_key` and each of these forgeries bounces a message."""
    settings.EMAIL_BOUNCES = True
    path = return_path(uuid4(), OURS)
    forged = [_changed(path, at) for at in range(len("privacy+"), path.index("@") - 1)]
    assert [bounce_key(one) for one in forged] == [None] * len(forged)
    assert [bounce_key(one) for one in ("", OURS, "privacy+abc@example.com", path[:-20])] == [
        None
    ] * 4
    settings.MAIL_KEY = "another-key-0123456789-abcdefghijklmnop"
    assert bounce_key(path) is None


def _changed(path: str, at: int) -> str:
    return path[:at] + ("b" if path[at] != "b" else "c") + path[at + 1 :]


def test_an_address_without_room_for_a_secret_is_its_own_return_path(settings: Settings) -> None:
    settings.EMAIL_BOUNCES = True
    key = uuid4()
    assert return_path(key, f"{'x' * 24}@example.com").startswith("x" * 24 + "+")
    assert return_path(key, f"{'x' * 25}@example.com") == f"{'x' * 25}@example.com"


def test_other_mails_have_the_same_headers_and_shape() -> None:
    key = uuid4()
    mail = plain_mail(
        sender_name="Werk Süd\r\nBcc: x@example.com",
        from_address="",
        to="alice@example.com",
        subject="Übersicht",
        text="Zwölf von 40.\n",
        html='<html><head><meta name="color-scheme" content="light dark"></head></html>',
        key=key,
        dated_at=NOON,
    )
    parsed: Any = read(mail.data, look=False)
    assert mail.envelope == Envelope(OURS, "alice@example.com")
    assert parsed["From"].addresses[0].display_name == "Werk Süd Bcc: x@example.com"
    assert parsed["Subject"] == "Übersicht"
    assert parsed["Message-ID"] == f"<{key.hex}@example.com>"
    assert body(parsed, "plain") == "Zwölf von 40.\r\n"
