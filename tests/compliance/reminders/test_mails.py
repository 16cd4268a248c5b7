"""What mails say, to whom, and when they say it."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.models import GuideVersion
from compliance.reminders.mails import mail_for_test
from compliance.reminders.models import Message
from tests.compliance.reminders.mailroom import campaign_of, mail_of, message_to, worded
from tests.compliance.reminders.strict import body, links, read
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def told(message: Message, day: date) -> str:
    return body(mail_of(message, now=on(day)), "plain")


def test_a_mail_says_who_asks_what_by_when_and_where(linkedin: GuideVersion) -> None:
    campaign = campaign_of(reply_to="dpo@example.com", sender_name="Data Protection")
    mail = mail_of(message_to(campaign))
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


def test_a_campaign_may_write_from_an_address_of_its_own(linkedin: GuideVersion) -> None:
    message = message_to(campaign_of(from_address="asks@works.example"))
    mail = mail_of(message)
    assert str(mail["From"]) == "Example Works <asks@works.example>"
    assert mail["Message-ID"] == f"<{message.id.hex}@works.example>"


def test_a_mail_says_why_it_is_no_phishing(linkedin: GuideVersion, settings: Settings) -> None:
    text = told(message_to(), NOON.date())
    assert "Is this mail genuine?" in text
    assert "optrail.example.com and nowhere else" in text
    assert "In doubt, ask your privacy officer" in text
    settings.PHISHING_CHECK_TEXT = "Look at the intranet, or ring 4711."
    text = told(message_to(), NOON.date())
    assert "Look at the intranet, or ring 4711." in text
    assert "In doubt" not in text
    assert "optrail.example.com and nowhere else" in text


def test_people_are_written_to_in_their_language(linkedin: GuideVersion) -> None:
    mail = mail_of(message_to(language="de"))
    assert str(mail["Subject"]).endswith("bitte bis 11. Dezember ansehen")
    assert "Guten Tag Bob," in body(mail, "plain")
    assert "Freitag, 11. Dezember 2026" in body(mail, "html")
    assert 'lang="de"' in body(mail, "html")


def test_a_language_without_sentences_of_ours_gets_english_ones(linkedin: GuideVersion) -> None:
    assert "Hello Bob," in told(message_to(language="fr"), NOON.date())


def test_css_is_written_into_the_tags_and_the_dark_room_is_kept(linkedin: GuideVersion) -> None:
    html = body(mail_of(message_to()), "html")
    assert re.search(r'class="button"[^>]*style="[^"]*background-color', html)
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize(
    ("step", "day", "says"),
    [
        (0, date(2026, 11, 23), "Please answer by Friday, 11 December 2026."),
        (0, date(2026, 12, 14), "Your answer is still welcome until Thursday, 31 December 2026."),
        (3, date(2026, 11, 26), "Please answer by Friday, 11 December 2026."),
        (998, date(2026, 12, 9), "by Friday, 11 December 2026, in 2 working days."),
        (999, date(2026, 12, 10), "by Friday, 11 December 2026, the next working day."),
        (1000, date(2026, 12, 11), "Today, Friday, 11 December 2026, is the day"),
        (1005, date(2026, 12, 18), "We asked for your answer by Friday, 11 December 2026 and"),
        (1005, date(2026, 12, 18), "still welcome until Thursday, 31 December 2026."),
        (1010, date(2026, 12, 31), "still welcome today, Thursday, 31 December 2026, the last"),
    ],
)
def test_mails_say_where_things_stand_on_their_day(
    linkedin: GuideVersion, step: int, day: date, says: str
) -> None:
    assert says in told(message_to(step=step), day)


def test_working_days_are_counted_by_the_persons_own_calendar_and_due_date(
    linkedin: GuideVersion,
) -> None:
    """Count by the company's calendar, or to the campaign's date, and one of these fails."""
    wednesday = date(2026, 12, 9)
    late = message_to(step=998, due_on=date(2026, 12, 15))
    assert "Tuesday, 15 December 2026, in 4 working days." in told(late, wednesday)
    # Friday is free in Egypt, Sunday in Germany.
    friday, monday = date(2026, 12, 11), date(2026, 12, 14)
    due = "Please answer by Monday, 14 December 2026"
    assert f"{due}, the next working day." in told(message_to(due_on=monday, step=3), friday)
    egypt = message_to(due_on=monday, country="EG", step=3)
    assert f"{due}, in 2 working days." in told(egypt, friday)
    # Nobody can count working days to a day off.
    assert "13 December 2026." in told(message_to(due_on=date(2026, 12, 13), step=3), wednesday)


def test_today_is_the_readers_own_day(linkedin: GuideVersion) -> None:
    """Ask for the company's day instead, and Auckland is told that there is a day left."""
    evening = datetime(2026, 12, 10, 20, tzinfo=UTC)
    mail = mail_of(message_to(step=1000, time_zone="Pacific/Auckland"), now=evening)
    assert "Today, Friday, 11 December 2026" in body(mail, "plain")


@pytest.mark.parametrize(
    ("policy", "step", "day", "last"),
    [
        ("3, 7, 12", 3, date(2026, 11, 26), False),
        ("3, 7, 12", 12, date(2026, 12, 9), True),
        ("3, due-2", 998, date(2026, 12, 9), True),
        ("3, due", 3, date(2026, 11, 26), False),
        ("3, every 5", 1005, date(2026, 12, 18), False),
        # The next one would come after the campaign's end.
        ("3, every 9", 1009, date(2026, 12, 24), True),
    ],
)
def test_only_what_is_certainly_the_last_reminder_says_so(
    linkedin: GuideVersion, policy: str, step: int, day: date, *, last: bool
) -> None:
    mail = mail_of(message_to(campaign_of(policy), step=step), now=on(day))
    assert ("This is the last reminder." in body(mail, "plain")) == last
    assert str(mail["Subject"]).startswith("Last reminder:" if last else "Reminder:")


def test_an_uncertain_end_is_not_called_the_last(linkedin: GuideVersion) -> None:
    message = message_to(step=12, counts_from=None)
    assert "last reminder" not in told(message, date(2026, 12, 9))


def test_a_step_may_have_words_of_its_own(linkedin: GuideVersion) -> None:
    campaign = campaign_of()
    campaign.policy = worded("Two minutes?", "Dear <all>,\n\nplease look.\nThank you.")
    mail = mail_of(message_to(campaign, step=3))
    assert mail["Subject"] == "Two minutes?"
    assert "Dear <all>,\r\n\r\nplease look.\r\nThank you.\r\n" in body(mail, "plain")
    assert re.search(r"Dear &lt;all&gt;,</p>\s*<p[^>]*>please look.<br>Thank", body(mail, "html"))
    for kind in ("plain", "html"):
        assert "We have not had" not in body(mail, kind)
        assert "Friday, 11 December 2026" in body(mail, kind)


def test_a_step_without_words_in_the_readers_language_uses_ours(linkedin: GuideVersion) -> None:
    campaign = campaign_of()
    campaign.policy = worded("Two minutes?", "Please look.")
    assert "wir haben noch keine Antwort" in told(
        message_to(campaign, step=3, language="de"), date(2026, 11, 26)
    )
    campaign.policy = worded(" ", "Please look.")
    assert str(mail_of(message_to(campaign, step=3))["Subject"]).startswith("Reminder: LinkedIn")


def test_mails_of_two_campaigns_go_out_as_one_with_both_links(linkedin: GuideVersion) -> None:
    carrier = message_to(campaign_of(reply_to="dpo@example.com"), step=3)
    rider = message_to(campaign_of(reply_to="other@example.com"), due_on=date(2026, 12, 3))
    mail = mail_of(carrier, rider)
    assert mail["Subject"] == "Two settings to look at by 3 December"
    assert mail["Message-ID"] == f"<{carrier.id.hex}@example.com>"
    assert mail["Reply-To"] == "dpo@example.com"
    for kind in ("plain", "html"):
        text = body(mail, kind)
        assert len(set(links(text))) == 2
        assert "two settings in your own accounts" in text
        assert text.index("11 December 2026") < text.index("3 December 2026")
    german = [message_to(campaign_of(), language="de") for _ in range(3)]
    assert mail_of(*german)["Subject"] == "Drei Einstellungen – bitte bis 11. Dezember ansehen"


def test_people_without_a_name_are_greeted_all_the_same(linkedin: GuideVersion) -> None:
    mail = mail_of(message_to(first_name="", last_name=""))
    assert body(mail, "plain").startswith("Hello,\r\n")
    assert str(mail["To"]) == "bob@example.com"


def test_without_a_company_name_the_sentences_still_stand(
    linkedin: GuideVersion, settings: Settings
) -> None:
    settings.COMPANY_NAME = ""
    mail = mail_of(message_to())
    assert "Your company asks you" in body(mail, "plain")
    assert str(mail["From"]) == "Optrail <privacy@example.com>"


def test_the_link_is_the_persons_own(linkedin: GuideVersion) -> None:
    first, second = (set(links(body(mail_of(message_to()), "plain"))) for _ in range(2))
    assert len(first) == len(second) == 1
    assert first != second


@pytest.mark.parametrize(
    ("step", "says"),
    [(0, "please have a look"), (998, "Reminder"), (1005, "Last reminder"), (77, "Reminder")],
)
def test_a_test_mail_is_the_mail_of_its_step_and_opens_nothing(
    linkedin: GuideVersion, step: int, says: str
) -> None:
    campaign: Campaign = campaign_of("due-2, due+5")
    mail = mail_for_test(campaign, to="alice@example.com", language="en", now=NOON, step=step)
    parsed: Any = read(mail.data)
    assert str(parsed["Subject"]).startswith("[Test] ")
    assert says in str(parsed["Subject"])
    assert ("in 2 working days" in body(parsed, "plain")) == (step == 998)
    assert mail.envelope.recipient == "alice@example.com"
    assert Assignment.objects.count() == 0


def test_a_retry_writes_the_same_letter(linkedin: GuideVersion) -> None:
    message = message_to()
    first, again = (mail_of(message, now=NOON + timedelta(minutes=late)) for late in (0, 15))
    assert first.items() == again.items()
    assert body(first, "plain") == body(again, "plain")
