"""The first page: makes the first administrator, offers the next step, or leads on."""

import ipaddress

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.directory.models import Employee
from accounts.signin.access import public
from accounts.signin.forms import PersonForm
from accounts.signin.models import User
from accounts.signin.services import first_admin_create
from accounts.signin.sessions import sign_in_as_first
from ledger.commands import Refusal


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everyone begins."""
    if not request.user.is_authenticated:
        may_sign_in = settings.ENTRA or User.objects.exists()
        return redirect("sign_in") if may_sign_in else _first(request, PersonForm())
    if Employee.objects.exists():
        return redirect("campaigns")
    context = {"may_sample": _may_sample(), "with_microsoft": bool(settings.ENTRA)}
    return render(request, "accounts/home/start.html", context)


@public
@require_POST
def first_admin(request: HttpRequest) -> HttpResponse:
    """Creates the first administrator and signs them in.

    Only while there is no user, and only for whoever sits at the machine that Optrail runs on.
    """
    if not _at_this_machine(request):
        raise PermissionDenied("The first administrator is created on the machine itself.")
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _first(request, form, status=400)
    now = timezone.now()
    try:
        sign_in_as_first(request, first_admin_create(**form.cleaned_data, now=now), now=now)
    except Refusal as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return redirect("home")


def _first(request: HttpRequest, form: PersonForm, status: int = 200) -> HttpResponse:
    may_create = _at_this_machine(request)
    context = {"form": form, "may_create": may_create, "may_sample": _may_sample()}
    return render(request, "accounts/home/first.html", context, status=status)


def _at_this_machine(request: HttpRequest) -> bool:
    """Local mode (which refuses every public address), asked from this machine."""
    try:
        return settings.LOCAL and ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback
    except ValueError:
        return False


def _may_sample() -> bool:
    """Invented people are asked only where their mails are caught."""
    return bool(settings.MAIL_CATCHER_DIR)
