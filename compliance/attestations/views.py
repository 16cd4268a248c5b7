"""The pages behind a personal link: asked, confirmed, kept, seen."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signin.access import public
from compliance.answers import CLOSING
from compliance.attestations.code_views import code_accept, code_ask
from compliance.attestations.models import Attestation
from compliance.attestations.my_data import (
    asked_facts,
    directory_facts,
    my_attestations,
    my_data,
    my_messages,
)
from compliance.attestations.receipts import Receipt, entry_recorded_at
from compliance.attestations.services import attestation_record
from compliance.attestations.visits import Visit, personal, private, receipt_lead
from compliance.attestations.words import message_words, state_words
from compliance.campaigns.models import Assurance
from ledger.commands import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def answer(visit: Visit) -> HttpResponse:
    """Choose, confirm, record; only a POST that confirms writes."""
    latest = visit.assignment.attestations.order_by("-number").first()
    if not visit.open:
        return _closed(visit, latest)
    if visit.request.method != "POST":
        return visit.render("answer", latest=_receipt(latest))
    chosen = visit.request.POST.get("answer", "")
    if chosen not in visit.text.answers:
        return visit.render("answer", status=400, latest=_receipt(latest), missing=True)
    if visit.request.POST.get("confirm") != "1":
        return _confirm(visit, chosen, latest)
    if visit.campaign.assurance == Assurance.CODE:
        return code_ask(visit, chosen)
    return _record(visit, chosen)


@require_POST
@personal
def code(visit: Visit) -> HttpResponse:
    """The mailed code; the right one records what was chosen when it was asked for."""
    if not visit.open:
        return _closed(visit, visit.assignment.attestations.order_by("-number").first())
    accepted = code_accept(visit)
    return _record(visit, accepted) if isinstance(accepted, str) else accepted


def _closed(visit: Visit, latest: Attestation | None) -> HttpResponse:
    status = 409 if visit.request.method == "POST" else 200
    return visit.render("closed", status=status, latest=_receipt(latest))


def _confirm(visit: Visit, chosen: str, latest: Attestation | None) -> HttpResponse:
    label = visit.text.answers[chosen]
    return visit.render("confirm", chosen=chosen, label=label, latest=_receipt(latest))


def _record(visit: Visit, chosen: str) -> HttpResponse:
    """Whoever comes here has shown what the campaign asks for: the link, the code or the pass."""
    assignment = visit.assignment
    try:
        attestation = attestation_record(
            assignment_id=assignment.pk,
            link_version=assignment.link_version,
            answer=chosen,
            shown=Assurance(visit.campaign.assurance),
            now=visit.now,
        )
    except Refusal as refusal:
        return visit.render("refused", status=409, reasons=refusal.reasons)
    return receipt_lead(visit, attestation)


def _receipt(attestation: Attestation | None) -> Receipt | None:
    return Receipt.of(attestation) if attestation else None


def _attestation(visit: Visit, number: int) -> Attestation:
    return get_object_or_404(visit.assignment.attestations, number=number)


@require_safe
@personal
def receipt(visit: Visit, number: int) -> HttpResponse:
    """What was answered, when, and where it stands in the ledger."""
    attestation = _attestation(visit, number)
    return visit.render(
        "receipt",
        receipt=Receipt.of(attestation),
        closing=attestation.answer in CLOSING,
        newest=not visit.assignment.attestations.filter(number__gt=number).exists(),
    )


@require_safe
@personal
def receipt_text(visit: Visit, number: int) -> HttpResponse:
    """The receipt as a file to keep."""
    kept = Receipt.of(_attestation(visit, number))
    headers = {"Content-Disposition": f'attachment; filename="receipt-{kept.event.seq}.txt"'}
    return HttpResponse(kept.as_text(), content_type="text/plain; charset=utf-8", headers=headers)


@require_safe
@personal
def data(visit: Visit) -> HttpResponse:
    """Everything that is held on this person in this campaign."""
    return visit.render(
        "data",
        today=directory_facts(visit.assignment),
        asked=asked_facts(visit.assignment),
        receipts=[Receipt.of(row) for row in my_attestations(visit.assignment)],
        mails=[
            (message_words(row), state_words(row.state), row)
            for row in my_messages(visit.assignment)
        ],
    )


@require_safe
@personal
def data_json(visit: Visit) -> HttpResponse:
    """The same as a file."""
    options = {"ensure_ascii": False, "indent": 2}
    response = JsonResponse(my_data(visit.assignment, now=visit.now), json_dumps_params=options)
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@require_safe
@public
def receipt_check(request: HttpRequest, seq: str, hash_start: str) -> HttpResponse:
    """Whether an entry stands in the ledger; names nobody, and not what was answered."""
    recorded_at = entry_recorded_at(int(seq), hash_start)
    context = {"seq": seq, "hash_start": hash_start, "recorded_at": recorded_at}
    page = "compliance/attestations/receipt_check.html"
    with translation.override(translation.get_language_from_request(request)):
        return private(render(request, page, context, status=200 if recorded_at else 404))
