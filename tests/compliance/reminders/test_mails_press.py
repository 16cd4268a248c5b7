"""Pressed mails against the same ones written by Python's e-mail package, and their figures."""

from collections.abc import Sequence
from datetime import date, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import pytest
from django.conf import settings as configured
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.campaigns.links import link_url
from compliance.guides.models import GuideVersion
from compliance.reminders.calendar import local_day
from compliance.reminders.mails import mail_bytes, post
from compliance.reminders.mails.addresses import one_line
from compliance.reminders.mails.facts import frame_of, part_of, sender_name
from compliance.reminders.mails.letters import Letter, Reader, letter
from compliance.reminders.mails.press import Plates, pressed, slot
from compliance.reminders.models import Message
from tests.compliance.reminders import strict
from tests.compliance.reminders.mailroom import campaign_of, mail_of, message_to, worded
from tests.factories import NOON

pytestmark = pytest.mark.django_db
often = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
# What people, directories and officers may write; lone surrogates come in through nothing.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def by_the_package(messages: Sequence[Message], now: datetime) -> Any:
    """The mail as Python's e-mail package writes it from the plain templates, read back."""
    carrier = messages[0].assignment
    sender = carrier.campaign.from_address or configured.EMAIL_FROM
    people = [message.assignment for message in messages]
    reader = Reader(one_line(carrier.first_name), tuple(map(link_url, people)))
    parts = [
        part_of(one.assignment, step=one.step, today=local_day(one.assignment.time_zone, now))
        for one in messages
    ]
    said = letter(
        frame_of(carrier, from_address=sender, test=False),
        parts,
        [person.campaign.guide_version.parsed for person in people],
        reader,
    )
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(addr_spec=sender)
    mail["To"] = Address(addr_spec=messages[0].recipient)
    # The package reads encoded words out of what is plain text: such a one must not look so.
    mail["Subject"] = one_line(said.subject).replace("=?", "= ?")
    mail["Date"] = format_datetime(messages[0].dated_at or now)
    mail["Message-ID"] = f"<{messages[0].id.hex}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(said.text.strip("\n") + "\n", cte="quoted-printable")
    mail.add_alternative(said.html.strip("\n") + "\n", subtype="html", cte="quoted-printable")
    return message_from_bytes(mail.as_bytes(), policy=SMTP)


def same(messages: Sequence[Message], now: datetime = NOON) -> None:
    """Headers and decoded parts are those of the package's mail."""
    ours, theirs = mail_of(*messages, now=now), by_the_package(messages, now)
    for name in ("Date", "Message-ID", "Auto-Submitted", "MIME-Version"):
        assert str(ours[name]) == str(theirs[name]), name
    assert str(ours["Subject"]).replace("=?", "= ?") == str(theirs["Subject"])
    for name in ("To", "From"):
        (one,), (other,) = ours[name].addresses, theirs[name].addresses
        assert one.addr_spec == other.addr_spec
    carrier = messages[0].assignment
    # How names read does not come from the package: some of these it cannot write.
    assert strict.name(ours, "To") == one_line(f"{carrier.first_name} {carrier.last_name}")
    assert strict.name(ours, "From") == one_line(sender_name(carrier.campaign))
    for kind in ("plain", "html"):
        assert strict.body(ours, kind) == strict.body(theirs, kind)


@often
@example("Bob\r\nBcc: mallory@example.com", "Berger")
@example('Müller, Jörg "Joe" <mallory@example.com>', "\\")
@example("名前" * 60, "x" * 150)
@example("<b>Bob</b> & Co", "=?utf-8?q?=41?=")
@example(" \t", "O'Brien")
@example("=41 =3D", "Equal")
@example("...", "=" * 90)
@given(first_name=words, last_name=words)
def test_any_name_makes_the_packages_mail(
    linkedin: GuideVersion, first_name: str, last_name: str
) -> None:
    same([message_to(first_name=first_name, last_name=last_name)])


@often
@example("Subject\r\nBcc: x", "A\r\n\r\n\r\nB \x00\x0b C\n.\n..\nFrom here\n--=_optrail--")
@example("=?utf-8?q?=41?=", "=3D " * 100)
@example("Ä" * 150, "ö" * 74 + " ")
@given(subject=words, opening=words)
def test_any_wording_of_a_step_makes_the_packages_mail(
    linkedin: GuideVersion, subject: str, opening: str
) -> None:
    campaign = campaign_of(policy="")
    campaign.policy = worded(subject, opening)
    campaign.sender_name = subject[:100]
    same([message_to(campaign, step=3)])


def test_a_merged_mail_is_the_packages_mail(linkedin: GuideVersion) -> None:
    same([message_to(first_name="Jörg"), message_to(step=3), message_to(step=12, language="de")])


def test_no_length_of_an_address_makes_a_line_too_long(
    linkedin: GuideVersion, settings: Settings
) -> None:
    """The strict reader counts: values fill their lines up to the soft break and not beyond."""
    for length in range(6, 60):
        settings.PUBLIC_URL = f"https://{'o' * length}.example"
        mail_of(message_to(first_name="B" * (length + 20)))
    same([message_to()])


def filled(before: str, value: str, after: str) -> bytes:
    text = f"<{before}{slot('x')}{after}"
    return pressed(Letter("", text, text), b"").filled(b"", {"x": value})


@given(before=words, value=words, after=words)
def test_any_words_around_a_value_come_out_again(before: str, value: str, after: str) -> None:
    before, value, after = map(one_line, (before, value, after))
    mail: Any = message_from_bytes(filled(before, value, after), policy=SMTP)
    assert strict.body(mail, "plain").splitlines() == f"<{before}{value}{after}".splitlines()


@pytest.mark.parametrize("letter", ["a", "=", "ä", "名", " "])
def test_no_line_around_a_value_is_longer_than_76_characters(letter: str) -> None:
    """Without the tilde in `_before_slot`, a full line before a slot grows to 77 characters."""
    for length in range(160):
        value = "x" * (length % 3) + letter * length
        data = filled(value, value, value)
        assert max(map(len, data.split(b"\r\n"))) <= 76


def test_what_was_changed_is_never_served_from_the_last_press(
    linkedin: GuideVersion, settings: Settings
) -> None:
    """Leave a field out of Frame or Part and one of these changes does not show."""
    message = message_to(campaign_of(policy=""), step=3)
    campaign, person = message.assignment.campaign, message.assignment
    changes: list[tuple[Any, str, Any, str]] = [
        (campaign, "policy", worded("Our own words"), "Our own words"),
        (campaign, "policy", worded("Newer words", "And an opening"), "And an opening"),
        (person, "due_on", date(2026, 12, 18), "18 December"),
        (campaign, "sender_name", "Works council", "Works council"),
        (campaign, "reply_to", "dpo@example.com", "dpo@example.com"),
        (campaign, "from_address", "asks@example.org", "asks@example.org"),
        (settings, "COMPANY_NAME", "Renamed Works", "Renamed Works"),
        (settings, "EMAIL_FROM", "other@example.com", "asks@example.org"),
        (settings, "PUBLIC_URL", "https://other.example", "https://other.example/a/"),
        (settings, "PHISHING_CHECK_TEXT", "Ring 4711.", "Ring 4711."),
        (person, "language", "de", "Guten Tag"),
        (person, "first_name", "", "Guten Tag,"),
    ]  # fmt: skip
    for owner, name, value, shows in changes:
        setattr(owner, name, value)
        mail = mail_of(message)
        told = f"{mail['From']} {mail['Subject']} {strict.body(mail, 'html')}"
        assert shows in told, (name, told)


def test_one_plate_serves_all_who_read_the_same(
    linkedin: GuideVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    plates = Plates(room=2)
    monkeypatch.setattr(post, "_PLATES", plates)
    campaign = campaign_of()
    for person in range(20):
        mail_bytes([message_to(campaign, first_name=f"Bob{person}")], now=NOON)
    assert len(plates) == 1
    for day in range(1, 6):
        mail_bytes([message_to(campaign, due_on=date(2026, 12, day))], now=NOON)
    assert len(plates) == 2
