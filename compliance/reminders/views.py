"""The page “Sending”: the mail server, what is held, and what somebody has to decide about."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.directory.paging import capped_count
from accounts.signin.access import roles, signed_in
from compliance.campaigns.models import Campaign
from compliance.reminders import services
from compliance.reminders.attention import KINDS, attention, attention_page
from compliance.reminders.bursts import pauses, refused_resend
from compliance.reminders.faults import transport_fault
from compliance.reminders.instance import hold, sending_stop
from compliance.reminders.models import WAITING, Message
from compliance.reminders.senders import rate_per_day, rate_per_minute
from compliance.reminders.transports import configured
from ledger.commands import Refusal


@roles("admin", "officer", "auditor")
@require_safe
def sending(request: HttpRequest) -> HttpResponse:
    """Where mails go, whether they may, and which need a decision."""
    kind = request.GET.get("list", "")
    kind = kind if kind in KINDS else next(iter(KINDS))
    context = {
        "section": "campaigns",
        "transport": _transport(),
        "sender": settings.EMAIL_FROM,
        "rate": rate_per_minute(),
        "rate_per_day": rate_per_day(),
        "held": hold(),
        "fault": transport_fault(),
        "pauses": pauses(),
        "waiting": capped_count(Message.objects.filter(state__in=WAITING)),
        "counts": {name: capped_count(attention(name)) for name in KINDS},
        "kind": kind,
        "page": attention_page(kind, after=_uuid(request.GET.get("after", ""))),
        "decides": signed_in(request).has_role("admin", "officer"),
    }
    return render(request, "compliance/reminders/sending.html", context)


@roles("admin", "officer")
@require_POST
def sending_release(request: HttpRequest) -> HttpResponseRedirect:
    """Let mails leave again."""
    try:
        services.sending_release(user=signed_in(request), now=timezone.now())
        messages.success(request, "Released: mails leave again.")
    except Refusal as refusal:
        _say(request, refusal)
    return redirect("sending")


@roles("admin", "officer")
@require_POST
def stop(request: HttpRequest) -> HttpResponseRedirect:
    """Let no mail leave, in any campaign."""
    reason = request.POST.get("reason", "")
    try:
        sending_stop(user=signed_in(request), reason=reason, now=timezone.now())
        messages.success(request, "All mail is stopped.")
    except Refusal as refusal:
        _say(request, refusal)
    return redirect("sending")


@roles("admin", "officer")
@require_POST
def resend_refused(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Owe again what a broken mail server refused in one campaign."""
    campaign = get_object_or_404(Campaign, pk=pk)
    try:
        count = refused_resend(campaign=campaign, user=signed_in(request), now=timezone.now())
        messages.success(request, f"{count} mails wait to be sent again.")
    except Refusal as refusal:
        _say(request, refusal)
    return redirect("sending")


@roles("admin", "officer")
@require_POST
def message_resend(request: HttpRequest, pk: UUID) -> HttpResponseRedirect:
    """Send an uncertain or refused mail again."""
    said = "It waits to be sent again, under the same Message-ID."
    return _decided(request, pk, services.message_resend, said)


@roles("admin", "officer")
@require_POST
def message_write_off(request: HttpRequest, pk: UUID) -> HttpResponseRedirect:
    """Stop waiting for certainty about a mail."""
    return _decided(request, pk, services.message_write_off, "Written off: it is not sent again.")


def _decided(
    request: HttpRequest, pk: UUID, decide: Callable[..., Message], said: str
) -> HttpResponseRedirect:
    message = get_object_or_404(Message, pk=pk)
    reason, user = request.POST.get("reason", ""), signed_in(request)
    try:
        decide(message=message, reason=reason, user=user, now=timezone.now())
        messages.success(request, said)
    except Refusal as refusal:
        _say(request, refusal)
    if request.POST.get("list") in KINDS:
        return redirect(reverse("sending", query={"list": request.POST["list"]}))
    return redirect("assignment", pk=message.assignment_id)


def _say(request: HttpRequest, refusal: Refusal) -> None:
    for reason in refusal.reasons:
        messages.error(request, reason)


def _transport() -> dict[str, str]:
    try:
        transport = configured()
    except Refusal as refusal:
        return {"fault": "\n".join(refusal.reasons)}
    return {"label": transport.label} if transport else {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
