"""The mails of a campaign, step by step: which there are, their own words, how they look."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy

from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import INVITATION, Step, Wording, step_name
from compliance.campaigns.policy_words import step_words
from compliance.guides.languages import language_name
from compliance.reminders.mails import UnmailableError, mail_for_test
from compliance.reminders.mails.facts import frame_language
from compliance.reminders.transports import TransportDownError
from ledger.commands import Refusal

# How a test mail's subject begins; people's own do not.
_TEST = "[Test] "


@dataclass(frozen=True)
class StepMail:
    """One step of the policy, or the invitation (without a step), and the code of its mail."""

    code: int
    step: Step | None

    @property
    def name(self) -> str:
        """Which mail it is, in words; a repeated one by what it repeats."""
        if self.step is None:
            return step_name(INVITATION)
        return f"Reminder, {step_words(self.step)}"

    @property
    def own(self) -> list[tuple[str, Wording]]:
        """Its own words: the language's name, subject and opening."""
        wording = self.step.wording if self.step else {}
        return [(language_name(code), words) for code, words in sorted(wording.items())]


@dataclass(frozen=True)
class Preview:
    """A mail as its reader gets it."""

    language: str
    subject: str
    text: str
    html: str

    @property
    def language_name(self) -> str:
        """The language in words."""
        return language_name(self.language)


def step_mails(campaign: Campaign) -> list[StepMail]:
    """The invitation and every step that can come due, in the policy's order."""
    reminders, due_round = campaign.reminders, campaign.due_round
    codes = [(reminders.codes(step, due_round=due_round), step) for step in reminders.steps]
    return [StepMail(INVITATION, None), *(StepMail(own[0], step) for own, step in codes if own)]


def step_mail(campaign: Campaign, code: int) -> StepMail | None:
    """The one with this code; None when no step has it."""
    return next((mail for mail in step_mails(campaign) if mail.code == code), None)


def mail_languages(campaign: Campaign) -> list[str]:
    """The languages in which our sentences reach this campaign's people."""
    return sorted({frame_language(code) for code in campaign.guide_version.parsed.languages})


def preview(campaign: Campaign, *, code: int, language: str, to: str, now: datetime) -> Preview:
    """The test mail of a step, opened. Raises Refusal when it cannot be written."""
    try:
        mail = mail_for_test(campaign, to=to, language=language, now=now, step=code)
    except (UnmailableError, TransportDownError) as error:
        raise Refusal(f"The mail cannot be written. {error}") from error
    opened = message_from_bytes(mail.data, policy=policy.default)
    text, html = (opened.get_body([kind]) for kind in ("plain", "html"))
    return Preview(
        language,
        str(opened["Subject"]).removeprefix(_TEST),
        text.get_content() if text else "",
        html.get_content() if html else "",
    )
