"""Pages that show campaigns; nothing is written here."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.directory.paging import capped_count, keyset_page
from accounts.directory.people import uuid_in
from accounts.directory.views import count_text
from accounts.imports.reading.countries import country_name
from accounts.signin.access import roles
from compliance.campaigns.answer_names import ANSWER_NAMES
from compliance.campaigns.breakdowns import answer_breakdowns
from compliance.campaigns.chart import Chart, chart
from compliance.campaigns.models import Assignment, Campaign, CampaignState
from compliance.campaigns.people import PeopleList
from compliance.campaigns.policy_words import reading
from compliance.campaigns.progress import MOST_GROUPS, Totals, by_day, by_group, totals
from compliance.campaigns.reach import reach
from compliance.campaigns.showing import answers_are_shown
from compliance.campaigns.statuses import ERASED, STATUSES

CAMPAIGNS_A_PAGE = 20
LEAVES_SHOWN = 10
# States of a mail that somebody has to decide about (compliance.reminders.models, a room above).
DECIDABLE = ("uncertain", "rejected", "bounced")


@roles("admin", "officer", "auditor")
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """Every campaign, the newest first."""
    page = _campaigns_page(request.GET.get("before", ""))
    rows, more = page[:CAMPAIGNS_A_PAGE], len(page) > CAMPAIGNS_A_PAGE
    counts = _counts(rows)
    context = {
        "section": "campaigns",
        "rows": [(row, counts.get(row.pk)) for row in rows],
        "next_url": f"{reverse('campaigns')}?before={rows[-1].pk}" if more else "",
    }
    return render(request, "compliance/campaigns/list.html", context)


@roles("admin", "officer", "auditor")
@require_safe
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft's summary, or how far a launched campaign is."""
    shown = _campaign(pk)
    if shown.state == CampaignState.DRAFT:
        context = {
            "section": "campaigns",
            "campaign": shown,
            "reach": reach(shown),
            "reading": reading(shown.reminders),
        }
        return render(request, "compliance/campaigns/draft.html", context)
    return render(request, "compliance/campaigns/progress.html", _progress(shown))


@roles("admin", "officer", "auditor")
@require_safe
def campaign_people(request: HttpRequest, pk: int) -> HttpResponse:
    """The list behind a number: the people of one status, department or country."""
    shown = _campaign(pk)
    wanted = PeopleList.read(request.GET)
    rows = wanted.rows(shown)
    after, before = uuid_in(request.GET, "after"), uuid_in(request.GET, "before")
    page = keyset_page(rows, after=after, before=before)
    context = {
        "section": "campaigns",
        "campaign": shown,
        "page": [(row, STATUSES[row.status]) for row in page.rows],
        "wanted": wanted,
        "statuses": STATUSES.values(),
        "count": count_text(capped_count(rows)),
        "previous_url": _people_url(shown, wanted, before=page.before),
        "next_url": _people_url(shown, wanted, after=page.after),
    }
    return render(request, "compliance/campaigns/people.html", context)


@roles("admin", "officer", "auditor")
@require_safe
def assignment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One person in one campaign: as they were at launch, their answers, their mails."""
    rows = Assignment.objects.select_related("campaign__guide_version__guide", "employee")
    shown = get_object_or_404(rows, pk=pk)
    answers = shown.attestations.select_related("guide_version").order_by("-number")
    mails = shown.messages.prefetch_related("outcomes").order_by("step")
    now = timezone.now()
    context = {
        "section": "campaigns",
        "assignment": shown,
        "campaign": shown.campaign,
        "status": STATUSES[shown.status],
        "answers": [(answer, ANSWER_NAMES.get(answer.answer, answer.answer)) for answer in answers],
        "mails": mails,
        "decidable": DECIDABLE,
        "withdrawals": shown.withdrawals.order_by("seq"),
        "leaves": _leaves(shown),
        "now": now,
        "answers_shown": answers_are_shown(shown.pk, request.session, now),
    }
    return render(request, "compliance/campaigns/assignment.html", context)


def _leaves(shown: Assignment) -> list[Any]:
    """The person's latest leaves; an erased person has none."""
    if shown.employee is None:
        return []
    return list(shown.employee.leaves.order_by("-starts_on")[:LEAVES_SHOWN])


def _campaign(pk: int) -> Campaign:
    rows = Campaign.objects.select_related("guide_version__guide", "created_by")
    return get_object_or_404(rows, pk=pk)


def _campaigns_page(before: str) -> list[Campaign]:
    rows = Campaign.objects.select_related("guide_version__guide").order_by("-pk")
    rows = rows.filter(pk__lt=int(before)) if before.isdecimal() else rows
    return list(rows[: CAMPAIGNS_A_PAGE + 1])


def _counts(rows: list[Campaign]) -> dict[int, tuple[int, int]]:
    """Campaign id → how many were asked, and how many have answered."""
    asked = Assignment.objects.asked().filter(campaign__in=rows).order_by().values_list("campaign")
    counts = asked.annotate(
        people=Count("id"), answered=Count("id", filter=Q(closed_at__isnull=False))
    )
    return {campaign: (people, answered) for campaign, people, answered in counts}


def _progress(shown: Campaign) -> dict[str, object]:
    so_far = totals(shown)
    return {
        "section": "campaigns",
        "campaign": shown,
        "totals": so_far,
        "chart": _chart(shown, so_far),
        "departments": by_group(shown, "department"),
        "countries": sorted(by_group(shown, "country"), key=lambda row: country_name(row.value)),
        "most_groups": MOST_GROUPS,
        "breakdowns": answer_breakdowns(shown),
        "reading": reading(shown.reminders),
        "decisions": shown.decisions.select_related("user"),
        "pause": shown.decisions.filter(kind="paused").last(),
        "tiles": [
            (status, people)
            for code, status in STATUSES.items()
            if (people := getattr(so_far, code)) or status != ERASED
        ],
        "not_open_yet": shown.opens_on > timezone.localdate(),
    }


def _chart(shown: Campaign, so_far: Totals) -> Chart:
    return chart(
        by_day(shown),
        asked=so_far.asked,
        opens=shown.opens_on,
        due=shown.due_on,
        closes=shown.closes_on,
        today=timezone.localdate(),
    )


def _people_url(shown: Campaign, wanted: PeopleList, **cursor: UUID | None) -> str:
    ids = {name: str(key) for name, key in cursor.items() if key}
    if not ids:
        return ""
    return f"{reverse('campaign_people', args=[shown.pk])}?{urlencode({**wanted.query(), **ids})}"
