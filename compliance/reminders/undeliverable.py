"""The pages behind a mail that came back: its personal link, and its person's corrected address."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signin.access import roles, signed_in
from compliance.reminders.corrections import address_correct, link_show
from compliance.reminders.models import UNDELIVERABLE, Message, MessageQuerySet
from ledger.commands import Refusal


class AddressForm(forms.Form):
    """Where somebody reads their mail."""

    email = forms.CharField(
        label="New address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


@roles("admin", "officer")
@require_POST
def message_link(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the personal link, to be passed on by hand; that it was shown is in the ledger."""
    message = get_object_or_404(_mails(), pk=pk)
    try:
        link = link_show(message=message, user=signed_in(request), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(_queue())
    context = {**_context(message), "link": link}
    return render(request, "compliance/reminders/link.html", context)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def message_address(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct the address in the directory; the mail goes out again."""
    message = get_object_or_404(_mails().filter(state__in=UNDELIVERABLE), pk=pk)
    form = AddressForm(request.POST or None)
    if form.is_valid() and _corrected(request, message, form):
        return redirect(_queue())
    context = {**_context(message), "form": form}
    return render(request, "compliance/reminders/address.html", context)


def _corrected(request: HttpRequest, message: Message, form: AddressForm) -> bool:
    user, email = signed_in(request), form.cleaned_data["email"]
    try:
        owed = address_correct(message=message, email=email, user=user, now=timezone.now())
    except Refusal as refusal:
        form.add_error("email", str(refusal))
        return False
    again = "The mail waits to be sent to the new address." if owed else "Nothing is sent again."
    messages.success(request, f"The address is corrected. {again}")
    return True


def _mails() -> MessageQuerySet:
    rows = Message.objects.select_related("assignment__campaign", "assignment__employee")
    return rows.filter(assignment__erased_number=None)


def _context(message: Message) -> dict[str, Any]:
    return {
        "section": "campaigns",
        "mail": message,
        "person": message.assignment.person,
        "campaign": message.assignment.campaign,
        "queue": _queue(),
    }


def _queue() -> str:
    return reverse("sending", query={"list": "undeliverable"})
