"""Mails to look at: messages that need no rows, and the campaigns they are about."""

from datetime import date, datetime
from typing import Any

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import Anchor, Policy, Step, Wording
from compliance.guides.models import GuideVersion
from compliance.reminders.mails import mail_bytes
from compliance.reminders.models import Message
from tests.compliance.reminders.strict import read
from tests.factories import NOON, CampaignFactory

DUE, CLOSES = date(2026, 12, 11), date(2026, 12, 31)


def campaign_of(policy: str = "3, 7, 12", **fields: Any) -> Campaign:
    """An unsaved LinkedIn campaign: opens 23 November, due 11, closes 31 December 2026."""
    version = GuideVersion.objects.filter(guide__slug="linkedin-ai-training").latest("number")
    return CampaignFactory.build(
        guide_version=version, policy=Policy.from_text(policy).to_json(), **fields
    )


def worded(subject: str = "", opening: str = "", *, language: str = "en") -> dict[str, Any]:
    """A policy with one reminder, 3 working days after the invitation, in its own words."""
    step = Step(Anchor.INVITATION, 3, wording={language: Wording(subject, opening)})
    return Policy((step,)).to_json()


def message_to(
    campaign: Campaign | None = None,
    *,
    step: int = 0,
    recipient: Any = "bob@example.com",
    **fields: Any,
) -> Message:
    """A claimed message to Bob Berger, an employee in Germany who reads English."""
    campaign = campaign or campaign_of()
    person = {
        "first_name": "Bob",
        "last_name": "Berger",
        "language": "en",
        "country": "DE",
        "counts_from": campaign.opens_on,
        "due_on": campaign.due_on,
        **fields,
    }
    assignment = Assignment(campaign=campaign, email=recipient, **person)
    return Message(assignment=assignment, step=step, recipient=recipient, dated_at=NOON)


def mail_of(*messages: Message, now: datetime = NOON) -> Any:
    """The mail about `messages`, read strictly."""
    return read(mail_bytes(messages, now=now))
