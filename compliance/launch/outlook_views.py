"""Pages that look ahead: what a campaign will send, and what one person will get."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.signin.access import roles
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.statuses import STATUSES
from compliance.launch import outlooks
from compliance.launch.mail_days import schedule_of
from compliance.reminders.models import Leave


@roles("admin", "officer", "auditor")
@require_safe
def campaign_outlook(request: HttpRequest, pk: int) -> HttpResponse:
    """Mails by day and step from now on, as a chart and a table."""
    rows = Campaign.objects.select_related("guide_version__guide")
    campaign = get_object_or_404(rows, pk=pk)
    context = {
        "section": "campaigns",
        "campaign": campaign,
        "outlook": outlooks.campaign_outlook(campaign, now=timezone.now()),
    }
    return render(request, "compliance/launch/outlook.html", context)


@roles("admin", "officer", "auditor")
@require_safe
def assignment_schedule(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every mail still to come for one person, in that person's own time."""
    rows = Assignment.objects.select_related("campaign", "employee")
    assignment, now = get_object_or_404(rows, pk=pk), timezone.now()
    context = {
        "section": "campaigns",
        "assignment": assignment,
        "campaign": assignment.campaign,
        "status": STATUSES[assignment.status],
        "schedule": schedule_of(assignment, now=now),
        "leave": Leave.objects.covering(now).filter(employee=assignment.employee_id).first(),
    }
    return render(request, "compliance/launch/schedule.html", context)
