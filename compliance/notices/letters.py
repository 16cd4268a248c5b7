"""What notices say: subject, text and HTML, from a pair of templates for each."""

from collections.abc import Mapping
from datetime import date

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from compliance.campaigns.models import Campaign, Decision
from compliance.notices.digest import Digest
from compliance.notices.teams import Team
from compliance.reminders.mails.letters import Letter

LANGUAGES = ("en", "de")
_FOLDER = "compliance/notices"
_DATES = {"en": "l, j F Y", "de": "l, j. F Y"}
# What depends on the reader's screen stays in a style sheet; all else is written into the tags.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def digest_letter(digest: Digest) -> Letter:
    """How everything stands, for an officer."""
    return letter_write(
        f"{_FOLDER}/digest", "en", {"digest": digest, "sending_url": _page("sending")}
    )


def alert_letter(campaign: Campaign, pause: Decision) -> Letter:
    """That Optrail paused `campaign`, for an officer."""
    urls = {"url": _page("campaign", campaign.pk), "sending_url": _page("sending")}
    return letter_write(
        f"{_FOLDER}/alert", "en", {"campaign": campaign, "facts": pause.detail, **urls}
    )


def summary_letter(campaign: Campaign, team: Team, *, language: str) -> Letter:
    """The counts of a manager's people, in the manager's language where we speak it."""
    spoken = language.partition("-")[0]
    spoken = spoken if spoken in LANGUAGES else LANGUAGES[0]
    context = {
        "campaign": campaign,
        "sender": campaign.sender_name or settings.COMPANY_NAME or "Optrail",
        "platform": campaign.guide_version.parsed.platform,
        "title": campaign.guide_version.parsed.text(spoken).title,
        "team": team,
        "due": _day(campaign.due_on, spoken),
    }
    return letter_write(f"{_FOLDER}/summary/{spoken}", spoken, context)


def letter_write(template: str, language: str, context: Mapping[str, object]) -> Letter:
    """The letter that `template`, a pair of `.txt` and `.html`, gives with `context`.

    The text's first line is the subject; the HTML extends `compliance/notices/mail.html`.
    """
    with translation.override(language):
        words = render_to_string(f"{template}.txt", {**context, "language": language})
        subject, _, text = words.strip().partition("\n")
        shown = {**context, "language": language, "subject": subject}
        html = render_to_string(f"{template}.html", shown)
    return Letter(" ".join(subject.split()), text.strip() + "\n", _INLINER.inline(html))


def _page(name: str, *args: int) -> str:
    return settings.PUBLIC_URL + reverse(name, args=args)


def _day(day: date, language: str) -> str:
    with translation.override(language):
        return date_format(day, _DATES[language])
