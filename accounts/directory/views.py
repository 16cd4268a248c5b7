"""The pages of the directory: everyone, and one person."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.directory.models import Employee
from accounts.directory.paging import COUNT_CAP, capped_count, keyset_page
from accounts.directory.people import FILTERS, PeopleSearch, uuid_in
from accounts.imports.reading.countries import country_name
from accounts.signin.access import roles

REPORTS_SHOWN = 20
CAMPAIGNS_SHOWN = 50


@roles("admin", "officer", "auditor")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Browse and search everyone who works here, or has left."""
    search = PeopleSearch.read(request.GET)
    found = search.people()
    after, before = uuid_in(request.GET, "after"), uuid_in(request.GET, "before")
    page = keyset_page(found, after=after, before=before)
    options = {name: search.options(name) for name in FILTERS}
    options["country"].sort(key=country_name)
    context = {
        "search": search,
        "options": options,
        "page": page,
        "previous_url": _page_url(search, before=page.before),
        "next_url": _page_url(search, after=page.after),
        "count": count_text(capped_count(found)),
        "section": "people",
    }
    return render(request, "accounts/directory/people.html", context)


@roles("admin", "officer", "auditor")
@require_safe
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One person: what the directory says, who they report to, and what they were asked."""
    employee = get_object_or_404(Employee.objects.select_related("manager"), pk=pk)
    reports = list(employee.reports.active().order_by("sort_name", "pk")[: REPORTS_SHOWN + 1])
    asked = employee.assignments.select_related("campaign").order_by("-campaign_id")
    context: dict[str, Any] = {
        "person": employee,
        "reports": reports[:REPORTS_SHOWN],
        "more_reports": len(reports) > REPORTS_SHOWN,
        "assignments": asked[:CAMPAIGNS_SHOWN],
        "section": "people",
    }
    return render(request, "accounts/directory/person.html", context)


def count_text(count: int) -> str:
    """A capped count in words."""
    if count > COUNT_CAP:
        return f"more than {COUNT_CAP:,} people"
    return "1 person" if count == 1 else f"{count:,} people"


def _page_url(search: PeopleSearch, **cursor: UUID | None) -> str:
    """The address of another page of the same search; '' when there is none."""
    ids = {name: str(pk) for name, pk in cursor.items() if pk}
    return f"{reverse('people')}?{urlencode({**search.query(), **ids})}" if ids else ""
