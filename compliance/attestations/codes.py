"""One-time codes: asked for at somebody's link, mailed to their address on file, tried there."""

import hmac
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.attestations.models import AnswerCode
from compliance.attestations.refusals import WRONG_CODES, refusal_record
from compliance.campaigns.models import Assignment
from compliance.notices.models import Notice, NoticeKind
from compliance.reminders.calendar import local_day
from compliance.reminders.instance import hold
from ledger.commands import Refusal

DIGITS = 6
_TAG = b"OPTRAIL-CODE/1\0"
# The notice of a code; its mail is written by compliance.attestations.code_mails.
ABOUT = "code:"


def code_text(code: AnswerCode) -> str:
    """The six digits of `code`: a truncated HMAC, as RFC 4226 makes one-time passwords.

    Nothing of them is stored, and without SECRET_KEY nobody can tell them from what is.
    """
    key = settings.SECRET_KEY.encode()
    number = int.from_bytes(hmac.digest(key, _TAG + code.id.bytes, "sha256"))
    return f"{number % 10**DIGITS:0{DIGITS}}"


def code_issue(*, assignment: Assignment, now: datetime) -> AnswerCode:
    """Owe the mail with a new code. Raises Refusal when too many were asked for, or no mail can go.

    Codes and their notices are forgotten after a day.
    """
    if not settings.EMAIL_URL or hold():
        raise Refusal(
            _("No e-mail can be sent at the moment, so no code either. Please try later.")
        )
    with transaction.atomic():
        Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
        _forget(now)
        _refuse_too_many(assignment, now)
        code = AnswerCode.objects.create(
            assignment=assignment, link_version=assignment.link_version, asked_at=now
        )
        Notice.objects.create(
            kind=NoticeKind.CODE,
            addressee=assignment.ref,
            about=f"{ABOUT}{code.id}",
            period=local_day("", now),
            planned_at=now,
            next_at=now,
        )
    return code


def code_redeem(*, code_id: UUID, assignment: Assignment, given: str, now: datetime) -> None:
    """Use the code up. Raises Refusal when `given` is not it, or when it is over.

    A try is counted and committed before it is looked at. The last wrong one is an event.
    """
    mine = AnswerCode.objects.filter(
        pk=code_id, assignment=assignment, link_version=assignment.link_version
    )
    code = mine.first()
    if code is None or not mine.live(now).try_count():
        raise Refusal(_("This code is over. Please ask for a new one."))
    if not hmac.compare_digest(code_text(code).encode(), _digits(given).encode()):
        code.refresh_from_db(fields=["tries"])
        _refuse_wrong(code, now)
    if not mine.filter(redeemed_at=None).update(redeemed_at=now):
        raise Refusal(_("This code was used already. Please ask for a new one."))


def _refuse_wrong(code: AnswerCode, now: datetime) -> None:
    if code.tries < AnswerCode.TRIES:
        raise Refusal(_("This is not the code. Please compare it with the newest e-mail."))
    if code.tries == AnswerCode.TRIES:
        refusal_record(code.assignment, reason=WRONG_CODES, now=now)
    raise Refusal(
        _("This is not the code, and it cannot be tried again. Please ask for a new one.")
    )


def _refuse_too_many(assignment: Assignment, now: datetime) -> None:
    for most, length in AnswerCode.MOST:
        asked = AnswerCode.objects.filter(assignment=assignment, asked_at__gt=now - length)
        if asked.count() >= most:
            raise Refusal(
                _("Many codes were asked for at this link. Please use the newest, or try later.")
            )


def _forget(now: datetime) -> None:
    longest = max(length for _most, length in AnswerCode.MOST)
    AnswerCode.objects.filter(asked_at__lte=now - longest).delete()
    Notice.objects.filter(kind=NoticeKind.CODE, planned_at__lte=now - longest).delete()


def _digits(given: str) -> str:
    """What people enter, without the spaces that they copy along."""
    return "".join(given.split())[:DIGITS]
