"""Between confirming and recording: the mailed code. No cookie; the form carries all, signed."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.http import HttpResponse

from compliance.attestations.codes import DIGITS, code_issue, code_redeem
from compliance.attestations.models import AnswerCode, Attestation
from compliance.attestations.visits import Visit, receipt_lead
from ledger.commands import Refusal


@dataclass(frozen=True)
class Choice:
    """What somebody chose, and the code that they were mailed for it."""

    answer: str
    code_id: UUID

    def sealed(self, visit: Visit) -> str:
        """As the form carries it: good for this link, as long as the code."""
        return signing.dumps([self.answer, str(self.code_id)], salt=_salt(visit))


def code_ask(visit: Visit, answer: str) -> HttpResponse:
    """Mail a code, and ask for it."""
    try:
        code = code_issue(assignment=visit.assignment, now=visit.now)
    except Refusal as refusal:
        return visit.render("refused", status=409, reasons=refusal.reasons)
    return _page(visit, Choice(answer, code.id), asked_at=code.asked_at)


def code_accept(visit: Visit) -> str | HttpResponse:
    """The answer whose code was entered; else the page that says why it is not."""
    choice = _choice(visit)
    if choice is None:
        return _page(visit, None, status=409)
    given = visit.request.POST.get("code", "")
    try:
        code_redeem(code_id=choice.code_id, assignment=visit.assignment, given=given, now=visit.now)
    except Refusal as refusal:
        if recorded := _recorded(visit, choice):
            return receipt_lead(visit, recorded)
        live = AnswerCode.objects.live(visit.now).filter(pk=choice.code_id).exists()
        return _page(visit, choice, status=409, reasons=refusal.reasons, over=not live)
    return choice.answer


def _recorded(visit: Visit, choice: Choice) -> Attestation | None:
    """What the same form has recorded already: a second click is no mistake."""
    code = AnswerCode.objects.filter(pk=choice.code_id, redeemed_at__isnull=False).first()
    latest = visit.assignment.attestations.order_by("-number").first()
    if code is None or latest is None or latest.answer != choice.answer:
        return None
    return latest if code.redeemed_at and latest.at >= code.redeemed_at else None


def _choice(visit: Visit) -> Choice | None:
    """What the form carried; None when it is not ours, or from a page that is long over."""
    sealed = visit.request.POST.get("choice", "")
    try:
        answer, code_id = signing.loads(sealed, salt=_salt(visit), max_age=AnswerCode.VALID)
    except signing.BadSignature:
        return None
    return Choice(answer, UUID(code_id))


def _page(
    visit: Visit, choice: Choice | None, status: int = 200, **context: object
) -> HttpResponse:
    if choice is None:
        return visit.render("code", status=status, over=True)
    context |= {"choice": choice.sealed(visit), "chosen": choice.answer, "digits": DIGITS}
    return visit.render("code", status=status, **context)


def _salt(visit: Visit) -> str:
    return f"optrail.choice:{visit.assignment.pk}:{visit.assignment.link_version}"
