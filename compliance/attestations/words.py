"""Codes in an employee's words; translated where they are shown."""

from typing import Final

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from compliance.campaigns.models import Assurance, Campaign, LegalBasis
from compliance.campaigns.policy import INVITATION, due_offset
from compliance.reminders.models import Message, State

LEGAL_BASES: Final = {
    LegalBasis.LEGITIMATE_INTEREST: _("legitimate interest (Art. 6(1)(f) GDPR)"),
    LegalBasis.LEGAL_OBLIGATION: _("legal obligation (Art. 6(1)(c) GDPR)"),
    LegalBasis.WORKS_AGREEMENT: _("works agreement (Art. 88 GDPR)"),
    LegalBasis.CONTRACT: _("employment contract (Art. 6(1)(b) GDPR)"),
    LegalBasis.OTHER: _("other"),
}
STATES: Final = {
    State.PENDING: _("waiting to be sent"),
    State.LEASED: _("about to be sent"),
    State.STARTED: _("being sent"),
    State.ACCEPTED: _("taken by the mail server"),
    State.DEFERRED: _("put off by the mail server, will be tried again"),
    State.REJECTED: _("refused by the mail server"),
    State.UNCERTAIN: _("perhaps sent: the connection broke"),
    State.BOUNCED: _("came back as undeliverable"),
    State.CANCELLED: _("not sent, no longer needed"),
    State.WRITTEN_OFF: _("not sent, given up"),
}
ASSURANCES: Final = {
    Assurance.LINK: _("by your personal link"),
    Assurance.CODE: _("by your personal link and a code mailed to you"),
    Assurance.SSO: _("by your personal link and your sign-in with Microsoft"),
}


def assurance_words(assurance: str) -> str:
    """How somebody has shown who they are."""
    return str(ASSURANCES[Assurance(assurance)])


def legal_basis_words(campaign: Campaign) -> str:
    """The ground on which the company asks, with its own explanation where it gave one."""
    words = str(LEGAL_BASES[LegalBasis(campaign.legal_basis)])
    return f"{words}: {campaign.legal_note}" if campaign.legal_note else words


def message_words(message: Message) -> str:
    """What kind of mail it is."""
    if message.step == INVITATION:
        return str(_("Invitation"))
    offset = due_offset(message.step)
    if offset == 0:
        return str(_("Reminder, on the due date"))
    days = abs(message.step if offset is None else offset)
    return _reminder(days, offset) % {"days": days}


def _reminder(days: int, offset: int | None) -> str:
    """So many working days after the invitation (`offset` is None), or from the due date."""
    if offset is None:
        return ngettext(
            "Reminder, %(days)d working day after the invitation",
            "Reminder, %(days)d working days after the invitation",
            days,
        )
    if offset < 0:
        return ngettext(
            "Reminder, %(days)d working day before the due date",
            "Reminder, %(days)d working days before the due date",
            days,
        )
    return ngettext(
        "Reminder, %(days)d working day after the due date",
        "Reminder, %(days)d working days after the due date",
        days,
    )


def state_words(state: str) -> str:
    """Where a mail stands."""
    return str(STATES[State(state)])


def language_words(code: str) -> str:
    """The name of a language in the active one; the code itself when it has no name."""
    try:
        return Locale.parse(code, sep="-").get_display_name(get_language() or "en") or code
    except (ValueError, UnknownLocaleError):
        return code
