"""The button "Try it with a sample company" on the first page."""

from django.conf import settings
from django.contrib import messages
from django.core.management import CommandError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.signin.access import roles
from config.sample.services import directory_empty, sample_company_make


@roles("admin", "officer")
@require_POST
def sample_company(request: HttpRequest) -> HttpResponse:
    """Fills the empty directory and launches; only where every mail is caught on this machine."""
    if not settings.MAIL_CATCHER_DIR:
        raise Http404
    if not directory_empty():
        messages.error(request, "There are people already; the sample company needs a fresh start.")
        return redirect("people")
    try:
        made = sample_company_make(today=timezone.localdate())
    except CommandError as refusal:
        messages.error(request, str(refusal))
        return redirect("home")
    messages.success(
        request,
        f"{made['people']} people imported, {made['invitations']} invitations on their way. "
        "Read them at /dev/mail/.",
    )
    return redirect("campaigns")
