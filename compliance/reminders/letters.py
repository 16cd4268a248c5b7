"""What a mail says: subject, text and HTML, from one trio of templates for each language."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from compliance.campaigns.links import link_url
from compliance.campaigns.models import Assignment
from compliance.campaigns.policy import INVITATION

LANGUAGES = ("en", "de")
_FOLDER = "compliance/reminders/mails"
_SHORT_DATES = {"en": "j F", "de": "j. F"}
_LONG_DATES = {"en": "l, j F Y", "de": "l, j. F Y"}
# What depends on the reader's screen stays in a style sheet; all else is written into the tags.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Letter:
    """One mail in words."""

    subject: str
    text: str
    html: str


def letter(assignment: Assignment, *, step: int, today: date) -> Letter:
    """The invitation (step 0) or the `step`-th reminder for one person, in their language."""
    # A guide may speak more languages than our own sentences do.
    language = assignment.language.partition("-")[0]
    language = language if language in LANGUAGES else LANGUAGES[0]
    trio = f"{_FOLDER}/{language}/{'invitation' if step == INVITATION else 'reminder'}"
    with translation.override(language):
        context = _context(assignment, today, language)
        subject = " ".join(render_to_string(f"{trio}.subject.txt", context).split())
        text = render_to_string(f"{trio}.txt", context)
        html = _INLINER.inline(render_to_string(f"{trio}.html", {**context, "subject": subject}))
    return Letter(subject, text, html)


def sender_name(assignment: Assignment) -> str:
    """Who writes: the campaign's sender, else the company."""
    return assignment.campaign.sender_name or settings.COMPANY_NAME or "Optrail"


def _context(assignment: Assignment, today: date, language: str) -> dict[str, object]:
    campaign = assignment.campaign
    content = campaign.guide_version.parsed
    url = link_url(assignment)
    return {
        "language": language,
        "first_name": assignment.first_name,
        "company": settings.COMPANY_NAME,
        "sender": sender_name(assignment),
        "contact": campaign.reply_to,
        "platform": content.platform,
        "text": content.text(assignment.language),
        "url": url,
        "host": urlsplit(url).netloc,
        "due": date_format(campaign.due_on, _LONG_DATES[language]),
        "due_short": date_format(campaign.due_on, _SHORT_DATES[language]),
        "closes": date_format(campaign.closes_on, _LONG_DATES[language]),
        "overdue": today > campaign.due_on,
        "last": False,
    }
