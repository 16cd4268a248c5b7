"""Why a campaign cannot be launched as it stands, in words that say what to do."""

import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import chain

from accounts.entra.config import connected
from compliance.campaigns.models import Assurance, Campaign

LAST_YEAR = 2100
MOST_MONTHS = 600


def campaign_obstacles(campaign: Campaign, *, today: date) -> list[str]:
    """Every obstacle in the campaign's own fields; empty when there is none."""
    own = (
        _dates(campaign, today),
        _wording(campaign),
        _assurance(campaign),
        _law(campaign),
        _reminders(campaign),
    )
    return [*_names(campaign), *chain.from_iterable(own)]


def _names(campaign: Campaign) -> Iterator[str]:
    for what, text in (("name", campaign.name), ("sender's name", campaign.sender_name)):
        if any(unicodedata.category(char)[0] == "C" for char in text):
            yield f"The {what} holds a line break or another control character. Write it anew."


def _dates(campaign: Campaign, today: date) -> Iterator[str]:
    if campaign.opens_on < today:
        yield f"It opens on {campaign.opens_on}, which is in the past. Choose today or a later day."
    if campaign.due_on < campaign.opens_on:
        yield (
            f"It is due on {campaign.due_on}, before it opens on {campaign.opens_on}. "
            "Choose a later due date."
        )
    if campaign.closes_on.year > LAST_YEAR:
        yield f"It closes on {campaign.closes_on}. Choose a day before {LAST_YEAR + 1}."
    if campaign.closes_on < campaign.due_on:
        yield (
            f"It closes on {campaign.closes_on}, before it is due on {campaign.due_on}. "
            "Choose the due date or a later day."
        )


def _wording(campaign: Campaign) -> Iterator[str]:
    if not campaign.guide_version.published:
        yield f"“{campaign.guide_version}” is a draft. Publish this version of the guide first."
    languages = campaign.guide_version.parsed.languages
    if campaign.language and campaign.language not in languages:
        yield (
            f"The guide has no text in the language “{campaign.language}”. "
            f"Choose one of: {', '.join(languages)}."
        )


def _law(campaign: Campaign) -> Iterator[str]:
    if not campaign.legal_basis:
        yield "The legal basis is missing. Say on which ground the company asks."
    if campaign.legal_basis == "other" and not campaign.legal_note.strip():
        yield "The legal basis is “other”. Explain it in the note below it."
    if not campaign.retention_months:
        yield "The retention is missing. Say for how many months answers are kept."
    elif campaign.retention_months > MOST_MONTHS:
        yield f"The retention is longer than {MOST_MONTHS} months. Choose as few as you need."


def _assurance(campaign: Campaign) -> Iterator[str]:
    if campaign.assurance == Assurance.SSO and not connected():
        yield (
            "People are to sign in with Microsoft, and no tenant is connected. Connect it "
            "(Settings, Microsoft), or choose a mailed code."
        )


def _reminders(campaign: Campaign) -> Iterator[str]:
    yield from campaign.reminders.problems()
