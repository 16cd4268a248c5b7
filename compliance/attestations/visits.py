"""A visit to a personal page: who came, in which language, and what every such page promises."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.signin.access import public
from compliance.attestations import passes
from compliance.attestations.models import Attestation
from compliance.attestations.reach import answers_taken, assignment_behind
from compliance.attestations.words import legal_basis_words
from compliance.campaigns.models import Assignment, Campaign
from compliance.guides.content import GuideText
from compliance.guides.devices import device_of
from compliance.reminders.calendar import local_day

P = ParamSpec("P")
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Visit:
    """Somebody at their personal link."""

    request: HttpRequest
    token: str
    assignment: Assignment
    now: datetime

    @property
    def campaign(self) -> Campaign:
        """In which campaign they are asked."""
        return self.assignment.campaign

    @property
    def text(self) -> GuideText:
        """The wording in their language."""
        return self.campaign.guide_version.parsed.text(self.assignment.language)

    @property
    def open(self) -> bool:
        """Whether an answer would be taken now."""
        return answers_taken(self.campaign, now=self.now)

    @property
    def due_ahead(self) -> bool:
        """Whether the day is not over by which this person was asked to answer."""
        return local_day(self.assignment.time_zone, self.now) <= self.assignment.due_on

    def render(self, page: str, status: int = 200, **context: object) -> HttpResponse:
        """One of this room's pages."""
        version = self.campaign.guide_version
        context |= {
            "visit": self,
            "text": self.text,
            "content": version.parsed,
            "language": version.parsed.language_for(self.assignment.language),
            "device": device_of(self.request.headers.get("User-Agent", "")),
            "company": settings.COMPANY_NAME or _("your company"),
            "legal_basis": legal_basis_words(self.campaign),
        }
        template = f"compliance/attestations/{page}.html"
        return render(self.request, template, context, status=status)


def personal(
    view: Callable[Concatenate[Visit, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Make a view of a visit one of a personal link; a link that leads nowhere gets the same 404.

    Where the campaign asks for a sign-in, who has not signed in gets no further than the doorstep.
    Exempt from CSRF checks: the address is the capability, and there is no cookie to ride on.
    Nothing is preselected either, so that a blind POST has nothing to record.
    """

    @csrf_exempt
    @public
    @wraps(view)
    def guarded(
        request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        visit = visit_behind(request, token)
        if visit is None:
            return unknown(request)
        with translation.override(page_language(visit.assignment.language)):
            if passes.needed(visit.assignment) and not passes.held(request, visit.assignment):
                return private(doorstep(visit))
            return private(view(visit, *args, **kwargs))

    return guarded


def visit_behind(request: HttpRequest, token: str) -> Visit | None:
    """Who comes by `token`; None when it leads nowhere."""
    now = timezone.now()
    assignment = assignment_behind(token, now=now)
    return Visit(request, token, assignment, now) if assignment else None


def doorstep(visit: Visit, status: int = 200, **context: object) -> HttpResponse:
    """What everyone sees who has not signed in: the question, and nothing about the person."""
    status = status if visit.request.method in ("GET", "HEAD") else max(status, 403)
    return visit.render("doorstep", status, ready=passes.obtainable(visit.assignment), **context)


def receipt_lead(visit: Visit, attestation: Attestation) -> HttpResponse:
    """To the receipt; see other, so that its reload posts nothing again."""
    response = redirect("receipt", visit.token, attestation.number)
    response.status_code = 303
    return response


def unknown(request: HttpRequest) -> HttpResponse:
    """The answer to every link that leads nowhere: the same bytes, whatever the reason."""
    with translation.override(translation.get_language_from_request(request)):
        return private(render(request, "compliance/attestations/unknown.html", status=404))


def private(response: HttpResponse) -> HttpResponse:
    """Kept by no cache, found by no search engine, named to no other site."""
    for name, value in PRIVATE.items():
        response.headers[name] = value
    return response


def page_language(language: str) -> str:
    """The language of buttons and notes for somebody who is asked in `language`."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return settings.LANGUAGE_CODE
