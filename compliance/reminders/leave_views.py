"""The buttons about leave on the page of one person."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.signin.access import roles, signed_in
from compliance.campaigns.models import Assignment, AssignmentQuerySet
from compliance.reminders import leave_services
from compliance.reminders.models import Leave
from ledger.commands import Refusal


class LeaveForm(forms.Form):
    """The first and the last day."""

    starts_on = forms.DateField(label="First day away")
    ends_on = forms.DateField(label="Last day away")


@roles("admin", "officer")
@require_POST
def leave_record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The person is away."""
    assignment = get_object_or_404(_known(), pk=pk)
    form = LeaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the first and the last day of the leave.")
    else:
        _record(request, assignment, form)
    return redirect("assignment", pk=pk)


@roles("admin", "officer")
@require_POST
def leave_end(request: HttpRequest, pk: UUID, leave: int) -> HttpResponse:
    """The person is back, or stays."""
    assignment = get_object_or_404(_known(), pk=pk)
    ended = get_object_or_404(Leave, pk=leave, employee=assignment.person)
    try:
        leave_services.leave_end(leave=ended, user=signed_in(request), now=timezone.now())
        messages.success(request, "The leave is ended. What is due is sent again.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("assignment", pk=pk)


def _known() -> AssignmentQuerySet:
    return Assignment.objects.select_related("employee").filter(erased_number=None)


def _record(request: HttpRequest, assignment: Assignment, form: LeaveForm) -> None:
    try:
        leave_services.leave_record(
            employee=assignment.person,
            user=signed_in(request),
            now=timezone.now(),
            **form.cleaned_data,
        )
        messages.success(request, "Recorded: no mails meanwhile, and more time to answer.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
