"""The page Quarters: what was made of each, and the company's rule."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signin.access import roles, signed_in
from compliance.reminders.calendar import company_day
from ledger.commands import Refusal
from reports.quarters.calendar import business_year
from reports.quarters.forms import RuleForm
from reports.quarters.models import Run
from reports.quarters.rule import rule_change, rule_now
from reports.quarters.runs import run_again
from reports.quarters.telling import page_of

READERS = ("admin", "officer", "auditor")
OFFICERS = ("admin", "officer")
_YEARS = range(2000, 2200)


@require_safe
@roles(*READERS)
def quarters(request: HttpRequest) -> HttpResponse:
    """One business year: each quarter with its files."""
    now, rule = timezone.now(), rule_now()
    day = _day(request.GET.get("day", "")) or company_day(now)
    context = {
        "section": "exports",
        "tab": "quarters",
        "rule": rule,
        "month": date(2000, rule.first_month, 1),
        "given_up": Run.objects.given_up().with_all(),
        "year": business_year(day, rule=rule, now=now),
        "may_change": signed_in(request).has_role("admin"),
        "may_repeat": signed_in(request).has_role(*OFFICERS),
    }
    return render(request, "reports/quarters/quarters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@roles("admin")
def quarter_rule(request: HttpRequest) -> HttpResponse:
    """The company's rule, for administrators."""
    rule = rule_now()
    initial = {"first_month": rule.first_month, "keep_years": rule.keep_years}
    form = RuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            rule_change(**form.cleaned_data, user=signed_in(request), now=timezone.now())
        except Refusal as refusal:
            form.add_error("keep_years", list(refusal.reasons))
        else:
            messages.success(request, "The rule is changed, from now on.")
            return redirect("quarters")
    context = {"section": "exports", "form": form}
    return render(request, "reports/quarters/rule.html", context)


@require_POST
@roles(*OFFICERS)
def run_repeat(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Tries a run again that was given up."""
    run = get_object_or_404(Run, pk=run_id)
    try:
        run = run_again(run=run, user=signed_in(request), now=timezone.now())
        messages.success(request, "It is tried again within a minute.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect(page_of(run))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
