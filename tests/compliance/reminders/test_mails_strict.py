"""Every template, language and kind of step, read by the strict reader."""

import itertools
from datetime import UTC, date, datetime

import pytest
from pytest_django import Settings

from compliance.campaigns.policy import OPENING_BYTES, SUBJECT_MAX
from compliance.guides.models import GuideVersion
from compliance.reminders.mails import mail_bytes
from compliance.reminders.mails.facts import LANGUAGES
from compliance.reminders.models import Message
from tests.compliance.reminders import strict
from tests.compliance.reminders.mailroom import campaign_of, mail_of, message_to, worded

pytestmark = pytest.mark.django_db

OPENING = "Dear colleagues,\n\nthe works council & we ask you <once> more.\nThank you! ä€𝄞"
# Name → (step, the person's day).
KINDS = {
    "invitation": (0, date(2026, 11, 23)),
    "late invitation": (0, date(2026, 12, 14)),
    "reminder": (3, date(2026, 11, 26)),
    "last": (12, date(2026, 12, 9)),
    "before due": (998, date(2026, 12, 9)),
    "day before": (999, date(2026, 12, 10)),
    "due": (1000, date(2026, 12, 11)),
    "overdue": (1005, date(2026, 12, 18)),
    "closing": (1010, date(2026, 12, 31)),
    "own words": (3, date(2026, 11, 26)),
}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def of_kind(kind: str, language: str) -> Message:
    own = worded("Ünsere Bitte — " + "x" * (SUBJECT_MAX - 15), OPENING, language=language)
    campaign = campaign_of(reply_to="dpo@example.com", from_address="asks@müller.example")
    if kind == "own words":
        campaign.policy = own
    return message_to(campaign, step=KINDS[kind][0], language=language, first_name="Zoë")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_mail_passes_the_strict_reader(
    linkedin: GuideVersion, kind: str, language: str
) -> None:
    mail = mail_of(of_kind(kind, language), now=noon(KINDS[kind][1]))
    assert f'lang="{language}"' in strict.body(mail, "html")


@pytest.mark.parametrize("language", LANGUAGES)
def test_merged_mails_of_all_kinds_pass_the_strict_reader(
    linkedin: GuideVersion, language: str
) -> None:
    for first, second in itertools.pairwise([*KINDS, *KINDS]):
        mail = mail_of(
            of_kind(first, language), of_kind(second, language), now=noon(KINDS[second][1])
        )
        assert len(set(strict.links(strict.body(mail, "plain")))) == 2


def test_the_companys_own_way_to_check_passes_too(
    linkedin: GuideVersion, settings: Settings
) -> None:
    settings.PHISHING_CHECK_TEXT = "Ring us: <4711>.\n\nWe say »ja« & amen."
    mail_of(of_kind("reminder", "de"))


def test_the_longest_texts_still_make_a_mail_under_30_kb(linkedin: GuideVersion) -> None:
    """Without the brief letter, four long parts in a script beyond Latin make 60 KB."""
    wordy = "名" * 1_500
    linkedin.content["texts"]["en"]["why"] = wordy
    alone, *others = [message_to(campaign_of()) for _ in range(5)]
    for message in (alone, *others):
        message.assignment.campaign.guide_version.content = linkedin.content
        message.assignment.campaign.guide_version.digest = "wordy"
    assert wordy not in strict.body(mail_of(alone, *others), "plain")
    assert len(mail_bytes([alone], now=noon(date(2026, 11, 23)))) < strict.MOST_BYTES


@pytest.mark.parametrize("number", [1, 2, 4, 12])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_openings_still_make_a_mail_under_30_kb(
    linkedin: GuideVersion, language: str, number: int
) -> None:
    """Let merged mails keep them, and two make 31 KB."""
    policy = worded(opening="あ" * (OPENING_BYTES // 9), language=language)
    own = [
        message_to(campaign_of(), step=3, language=language, due_on=date(2026, 12, 1 + day))
        for day in range(number)
    ]
    for message in own:
        message.assignment.campaign.policy = policy
    text = strict.body(mail_of(*own, now=noon(date(2026, 11, 26))), "plain")
    assert ("あ" in text) == (number == 1)
    assert len(set(strict.links(text))) == number


@pytest.mark.parametrize("language", LANGUAGES)
def test_twelve_parts_with_long_titles_say_only_which_by_when_and_where(
    linkedin: GuideVersion, language: str
) -> None:
    """Without the bare letter they make 32 KB."""
    title = "名" * 60
    linkedin.content["texts"][language]["title"] = title
    parts = [
        message_to(campaign_of(), language=language, due_on=date(2026, 12, 1 + day))
        for day in range(12)
    ]
    for message in parts:
        message.assignment.campaign.guide_version.content = linkedin.content
        message.assignment.campaign.guide_version.digest = "titled"
    mail = mail_of(*parts, now=noon(date(2026, 11, 26)))
    for kind in ("plain", "html"):
        text = strict.body(mail, kind)
        assert text.count(title) == len(set(strict.links(text))) == 12
        assert "2026" in text.split(title)[12]
