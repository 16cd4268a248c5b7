import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from compliance.reminders.letters import letter
from compliance.reminders.mails import UnmailableError, mail_for, mail_for_test, return_path
from compliance.reminders.models import Message
from tests.factories import NOON, CampaignFactory

pytestmark = pytest.mark.django_db


def campaign_of(**fields: Any) -> Campaign:
    version = GuideVersion.objects.filter(guide__slug="linkedin-ai-training").latest("number")
    return CampaignFactory.build(guide_version=version, **fields)


def message_to(
    campaign: Campaign | None = None,
    *,
    step: int = 0,
    recipient: Any = "bob@example.com",
    **fields: Any,
) -> Message:
    person = {"first_name": "Bob", "last_name": "Berger", "language": "en", **fields}
    assignment = Assignment(campaign=campaign or campaign_of(), email=recipient, **person)
    return Message(assignment=assignment, step=step, recipient=recipient, dated_at=NOON)


def parsed(message: Message) -> Any:
    return message_from_bytes(mail_for(message, now=NOON).data, policy=policy.default)


def body(mail: Any, kind: str) -> str:
    return str(mail.get_body((kind,)).get_content())


def test_a_mail_says_who_asks_what_by_when_and_where(linkedin: GuideVersion) -> None:
    mail = parsed(
        message_to(campaign_of(reply_to="dpo@example.com", sender_name="Data Protection"))
    )
    assert str(mail["From"]) == "Data Protection <privacy@example.com>"
    assert str(mail["To"]) == "Bob Berger <bob@example.com>"
    assert str(mail["Reply-To"]) == "dpo@example.com"
    assert (
        str(mail["Subject"])
        == "LinkedIn: AI training with your data – please have a look by 11 December"
    )
    for kind in ("plain", "html"):
        text = body(mail, kind)
        assert "Hello Bob," in text
        assert "Example Works" in text
        assert "Friday, 11 December 2026" in text
        assert "dpo@example.com" in text
        assert re.search(r"https://optrail\.example\.com/a/[\w-]{44}", text)


def test_a_mail_says_why_it_is_no_phishing(linkedin: GuideVersion) -> None:
    text = body(parsed(message_to()), "plain")
    assert "Is this mail genuine?" in text
    assert "optrail.example.com and nowhere else" in text


def test_people_are_written_to_in_their_language(linkedin: GuideVersion) -> None:
    mail = parsed(message_to(language="de"))
    assert str(mail["Subject"]).endswith("bitte bis 11. Dezember ansehen")
    assert "Guten Tag Bob," in body(mail, "plain")
    assert "Freitag, 11. Dezember 2026" in body(mail, "html")
    assert 'lang="de"' in body(mail, "html")


def test_a_language_without_sentences_of_ours_gets_english_ones(linkedin: GuideVersion) -> None:
    assert "Hello Bob," in body(parsed(message_to(language="fr")), "plain")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("step", [0, 1, 3])
def test_mails_are_machine_made_plain_and_small(
    linkedin: GuideVersion, language: str, step: int
) -> None:
    """No List-Unsubscribe, no pixel, no tracked link, nothing that loads; under 30 KB."""
    message = message_to(language=language, step=step)
    data = mail_for(message, now=NOON).data
    mail = message_from_bytes(data, policy=policy.default)
    html = body(mail, "html")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<{message.id.hex}@example.com>"
    assert mail["Date"].datetime == NOON
    assert "List-Unsubscribe" not in mail
    assert not re.search(r"<img|<script|url\(|@import|<link", html)
    assert set(re.findall(r'href="([^"]+)"', html)) == {message_link(html)}
    assert len(data) < 30_000
    assert max(len(line) for line in data.splitlines()) <= 998
    assert data.isascii()


def message_link(html: str) -> str:
    (link,) = set(re.findall(r"https://optrail\.example\.com/a/[\w-]{44}", html))
    return str(link)


def test_css_is_written_into_the_tags_and_the_dark_room_is_kept(linkedin: GuideVersion) -> None:
    html = body(parsed(message_to()), "html")
    assert re.search(r'class="button"[^>]*style="[^"]*background-color', html)
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize(
    ("step", "day", "says"),
    [
        (1, date(2026, 11, 26), "Please give it by Friday, 11 December 2026"),
        (3, date(2026, 12, 14), "It is still welcome until Thursday, 31 December 2026"),
    ],
)
def test_reminders_say_where_things_stand(
    linkedin: GuideVersion, step: int, day: date, says: str
) -> None:
    words = letter(message_to(step=step).assignment, step=step, today=day)
    assert says in words.text
    assert says.partition(" Friday")[0].partition(" Thursday")[0] in words.html


def test_people_without_a_name_are_greeted_all_the_same(linkedin: GuideVersion) -> None:
    mail = parsed(message_to(first_name="", last_name=""))
    assert body(mail, "plain").startswith("Hello,\r\n")
    assert str(mail["To"]) == "bob@example.com"


def test_without_a_company_name_the_sentences_still_stand(
    linkedin: GuideVersion, settings: Settings
) -> None:
    settings.COMPANY_NAME = ""
    mail = parsed(message_to())
    assert "Your company asks you" in body(mail, "plain")
    assert str(mail["From"]) == "Optrail <privacy@example.com>"


def test_names_are_text_in_html(linkedin: GuideVersion) -> None:
    html = body(parsed(message_to(first_name="<b>Bob</b> & Co")), "html")
    assert "&lt;b&gt;Bob&lt;/b&gt; &amp; Co" in html


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@example("Bob\r\nBcc: mallory@example.com")
@example('Müller, Jörg "Joe" <mallory@example.com>')
@example("名前" * 60)
@given(name=st.text(max_size=150))
def test_no_name_begins_another_header_or_recipient(linkedin: GuideVersion, name: str) -> None:
    """Without `_clean` the first example raises, and a name like the second becomes an address."""
    campaign = campaign_of(sender_name=name[:100])
    mail = parsed(message_to(campaign, first_name=name, last_name=""))
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert [address.addr_spec for address in mail["To"].addresses] == ["bob@example.com"]
    assert [address.addr_spec for address in mail["From"].addresses] == ["privacy@example.com"]


@pytest.mark.parametrize(
    "address",
    ["a b@example.com", "bob@exam\nple.com", "bob", "bob@" + "x" * 64 + ".com", "@example.com"],
)
def test_what_is_no_address_is_refused_in_words(linkedin: GuideVersion, address: str) -> None:
    with pytest.raises(UnmailableError, match="cannot be written"):
        mail_for(message_to(recipient=address), now=NOON)


def test_domains_beyond_ascii_travel_in_ascii(linkedin: GuideVersion) -> None:
    mail = mail_for(message_to(recipient="bob@müller.example"), now=NOON)
    assert mail.envelope.recipient == "bob@xn--mller-kva.example"


def test_local_parts_beyond_ascii_are_kept_for_servers_that_take_them(
    linkedin: GuideVersion,
) -> None:
    mail = mail_for(message_to(recipient="jörg@example.com"), now=NOON)
    assert mail.envelope.recipient == "jörg@example.com"
    assert "jörg@example.com" in mail.data.decode()


def test_mails_come_from_our_own_address_unless_bounces_are_read() -> None:
    assert return_path(uuid4()) == "privacy@example.com"


def test_a_return_path_of_its_own_carries_a_secret_that_only_we_can_make(
    settings: Settings,
) -> None:
    settings.EMAIL_BOUNCES = True
    key = uuid4()
    path = return_path(key)
    assert re.fullmatch(rf"privacy\+{key.hex}-[0-9a-f]{{16}}@example\.com", path)
    assert return_path(uuid4()).partition("-")[2] != path.partition("-")[2]
    settings.MAIL_KEY = "another-key-0123456789-abcdefghijklmnop"
    assert return_path(key) != path


def test_a_test_mail_looks_like_the_invitation_and_opens_nothing(linkedin: GuideVersion) -> None:
    mail = mail_for_test(campaign_of(), to="alice@example.com", language="de", now=NOON)
    parsed_mail = message_from_bytes(mail.data, policy=policy.default)
    assert str(parsed_mail["Subject"]).startswith("[Test] LinkedIn")
    assert mail.envelope.recipient == "alice@example.com"
    assert Assignment.objects.count() == 0


def test_the_link_is_the_persons_own(linkedin: GuideVersion) -> None:
    first, second = message_to(), message_to()
    links = {message_link(body(parsed(message), "html")) for message in (first, second)}
    assert len(links) == 2
    assert message_link(body(parsed(first), "plain")) in links


def test_a_retry_writes_the_same_letter(linkedin: GuideVersion) -> None:
    message = message_to()
    later = NOON + timedelta(minutes=15)
    first, again = (
        message_from_bytes(mail_for(message, now=now).data, policy=policy.default)
        for now in (NOON, later)
    )
    assert [(k, v) for k, v in first.items() if k != "Content-Type"] == [
        (k, v) for k, v in again.items() if k != "Content-Type"
    ]
    assert body(first, "plain") == body(again, "plain")
