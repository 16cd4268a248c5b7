"""Pages that show what goes when, what is held, and what was erased."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.signin.access import roles
from compliance.retention.certificates import Certificate, certificate_of, runs_latest
from compliance.retention.due import campaigns_due, leavers_due
from compliance.retention.models import LegalHold


@roles("admin", "officer", "auditor")
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """The preview: what is held until when, what stops it, and what is gone."""
    now = timezone.now()
    held = LegalHold.objects.in_force(timezone.localdate(now))
    context = {
        "section": "campaigns",
        "due": campaigns_due(now=now),
        "leavers": leavers_due(now=now).count(),
        "leavers_months": settings.LEAVERS_KEPT_MONTHS,
        "holds": held.select_related("campaign", "employee", "placed_by"),
        "runs": runs_latest(),
    }
    return render(request, "compliance/retention/retention.html", context)


@roles("admin", "officer", "auditor")
@require_safe
def erasure_certificate(request: HttpRequest, run: UUID) -> HttpResponse:
    """What one run erased, and how to check it."""
    context = {"section": "campaigns", "certificate": _certificate(run)}
    return render(request, "compliance/retention/certificate.html", context)


@roles("admin", "officer", "auditor")
@require_safe
def erasure_certificate_text(_request: HttpRequest, run: UUID) -> HttpResponse:
    """The same as a text to keep."""
    context = {"certificate": _certificate(run), "company": settings.COMPANY_NAME}
    text = render_to_string("compliance/retention/certificate.txt", context)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="erasure-{run}.txt"'
    return response


def _certificate(run: UUID) -> Certificate:
    found = certificate_of(run)
    if found is None:
        raise Http404
    return found
