"""The page "People from Microsoft": who counts, how it stands, read now."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.entra.config import connected
from accounts.entra.directory.models import EntraReading, EntraRules
from accounts.entra.directory.reading import reading_want
from accounts.entra.directory.rules import Kind, accounts_look
from accounts.imports.microsoft import rules_save
from accounts.imports.microsoft_forms import RulesForm
from accounts.imports.models import ImportRun, RunState, Source
from accounts.signin.access import roles, signed_in

PAGE = "accounts/imports/microsoft.html"


@roles("admin", "officer", "auditor")
@require_safe
def microsoft_people(request: HttpRequest) -> HttpResponse:
    """How it stands, and the rules."""
    return render(request, PAGE, _context(request, RulesForm(instance=EntraRules.current())))


@roles("admin", "officer")
@require_POST
def microsoft_rules(request: HttpRequest) -> HttpResponse:
    """Shows what other rules would make of the accounts, or saves them."""
    form = RulesForm(request.POST, instance=EntraRules.current())
    if not form.is_valid():
        return render(request, PAGE, _context(request, form), status=400)
    if "show" in request.POST:
        looks = accounts_look(form.save(commit=False))
        return render(request, PAGE, {**_context(request, form), "looks": looks})
    now = timezone.now()
    rules_save(rules=form.save(commit=False), user=signed_in(request), now=now)
    messages.success(request, "The rules are saved. The next reading goes by them.")
    return redirect("microsoft_people")


@roles("admin", "officer")
@require_POST
def microsoft_read(request: HttpRequest) -> HttpResponse:
    """Has the directory read: the worker does it, for it may take minutes."""
    reading_want(now=timezone.now())
    messages.success(request, "Microsoft is asked within a minute. What comes of it stands here.")
    return redirect("microsoft_people")


def _context(request: HttpRequest, form: RulesForm) -> dict[str, Any]:
    reading: EntraReading = EntraReading.objects.here()
    runs = ImportRun.objects.filter(source=Source.ENTRA).order_by("-created_at", "id")
    return {
        "section": "people",
        "connected": connected(),
        "form": form,
        "reading": reading,
        "waiting": bool(reading.claim or (reading.next_at and reading.next_at <= timezone.now())),
        "held": runs.filter(state=RunState.PREVIEWED).first(),
        "applied": runs.filter(state=RunState.APPLIED).first(),
        "counts": [
            (kind.label, count) for kind in Kind if (count := reading.counts.get(kind.value))
        ],
        "may_change": signed_in(request).role != "auditor",
    }
