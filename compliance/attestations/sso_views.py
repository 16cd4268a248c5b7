"""From the doorstep to Microsoft and back: only the person who is asked comes in."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.entra.leaving import lead_to_microsoft, prompt_wished
from accounts.entra.refusals import SignInRefused
from accounts.entra.signin import sign_in_begin
from accounts.entra.visitors import Visitor, reception_register
from accounts.signin import throttle
from accounts.signin.access import public
from compliance.attestations import passes
from compliance.attestations.refusals import OTHER_ACCOUNT, refusal_record
from compliance.attestations.visits import (
    Visit,
    doorstep,
    page_language,
    private,
    unknown,
    visit_behind,
)
from compliance.campaigns.links import token_make

KIND = "answer"


@csrf_exempt  # the address is the capability here too, and the browser holds no cookie yet
@public
@require_POST
def answer_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Leads to the tenant's sign-in page."""
    visit = visit_behind(request, token)
    if visit is None or not passes.needed(visit.assignment):
        return unknown(request)
    with _in_their_language(visit):
        return private(_lead(visit))


def _lead(visit: Visit) -> HttpResponse:
    assignment, prompt = visit.assignment, prompt_wished(visit.request)
    about = f"{KIND}:{assignment.pk}:{assignment.link_version}"
    try:
        throttle.link_try(assignment.ref, now=visit.now)
        begun = sign_in_begin(onward="", connect="", prompt=prompt, visit=about, now=visit.now)
    except throttle.ThrottledError:
        reason = _("Somebody tried this link too often. Please wait a quarter of an hour.")
        return doorstep(visit, status=429, reasons=[reason])
    except SignInRefused:
        return doorstep(visit, status=503, reasons=[_not_signed_in()])
    return lead_to_microsoft(begun)


def answer_receive(request: HttpRequest, visitor: Visitor, now: datetime) -> HttpResponse:
    """Whoever comes back from Microsoft: the person gets a pass, anybody else a calm word."""
    _kind, assignment_id, version = visitor.about.split(":")
    visit = visit_behind(request, token_make(UUID(assignment_id), int(version)))
    if visit is None:
        return unknown(request)
    with _in_their_language(visit):
        return private(_received(visit, visitor, now))


def _received(visit: Visit, visitor: Visitor, now: datetime) -> HttpResponse:
    if visitor.claims is None:
        return doorstep(visit, reasons=[_not_signed_in()])
    known = passes.object_id(visit.assignment)
    if not known or visitor.claims["oid"].lower() != known:
        refusal_record(visit.assignment, reason=OTHER_ACCOUNT, now=now)
        return doorstep(visit, reasons=[_somebody_else()])
    response = redirect("answer", visit.token)
    response.status_code = 303  # see other: what Microsoft's page posted is not posted again
    passes.give(response, visit.assignment, reverse("answer", args=[visit.token]))
    return response


def _in_their_language(visit: Visit) -> translation.override:
    return translation.override(page_language(visit.assignment.language))


def _not_signed_in() -> str:
    return _("Microsoft did not sign you in. Please try again in a moment, or ask your IT.")


def _somebody_else() -> str:
    return _(
        "You signed in with another account than the one that this link belongs to, so nothing is "
        "shown or recorded. Was the e-mail passed on to you? Then there is nothing that you have "
        "to do."
    )


reception_register(KIND, answer_receive)
