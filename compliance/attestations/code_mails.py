"""The mail with a one-time code, written when it leaves."""

from datetime import datetime
from uuid import UUID

from compliance.attestations.codes import ABOUT, code_text
from compliance.attestations.models import AnswerCode
from compliance.attestations.reach import reachable
from compliance.attestations.visits import page_language
from compliance.notices.letters import letter_write
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.writers import Addressed, UnwantedError, writer_register

_TEMPLATE = "compliance/attestations/code_mail"


def code_write(notice: Notice, now: datetime) -> Addressed:
    """The letter, to the address that the directory has now. Raises UnwantedError."""
    code = AnswerCode.objects.live(now).filter(pk=UUID(notice.about.removeprefix(ABOUT))).first()
    person = reachable(now).filter(pk=code.assignment_id).first() if code else None
    if code is None or person is None:
        raise UnwantedError("the code is over")
    context = {
        "code": code_text(code),
        "asked_at": code.asked_at,
        "title": person.campaign.guide_version.parsed.text(person.language).title,
        "name": person.first_name,
    }
    letter = letter_write(_TEMPLATE, page_language(person.language), context)
    return Addressed(person.person.email, letter, person.campaign)


writer_register(NoticeKind.CODE, code_write)
