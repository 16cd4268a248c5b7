"""The page Users: who may use Optrail, for administrators."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signin import services
from accounts.signin.access import roles, signed_in
from accounts.signin.forms import NewUserForm, RoleForm
from accounts.signin.models import Role, User
from ledger.commands import Refusal


@roles("admin")
@require_safe
def users(request: HttpRequest) -> HttpResponse:
    """Everyone who may use Optrail, and those who might before."""
    found = User.objects.order_by("-is_active", "email")
    return render(request, "accounts/users/list.html", {"users": found, "section": "users"})


@roles("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def user_new(request: HttpRequest) -> HttpResponse:
    """Adds a user and shows the link that lets them in, this once."""
    form = NewUserForm(request.POST or None, initial={"role": Role.OFFICER})
    if request.method == "POST" and form.is_valid():
        now, by = timezone.now(), signed_in(request)
        try:
            user = services.user_create(**form.cleaned_data, by=by, now=now)
        except Refusal as refusal:
            form.add_error("email", list(refusal.reasons))
        else:
            return _show_link(request, user)
    return render(request, "accounts/users/new.html", {"form": form, "section": "users"})


@roles("admin")
@require_safe
def user_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One user, and what can be changed about them."""
    user = get_object_or_404(User, pk=pk)
    form = RoleForm(initial={"role": user.role})
    context = {"person": user, "form": form, "section": "users"}
    return render(request, "accounts/users/user.html", context)


@roles("admin")
@require_POST
def user_role(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Changes the role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles.")
        return redirect("user", pk=pk)

    def change(user: User) -> str:
        user = services.user_change_role(
            user=user, role=form.cleaned_data["role"], by=signed_in(request), now=timezone.now()
        )
        return f"{user} is {user.get_role_display().lower()} from their next click on."

    return _change(request, pk, change)


@roles("admin")
@require_POST
def user_deactivate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keeps a user out."""

    def change(user: User) -> str:
        services.user_deactivate(user=user, by=signed_in(request), now=timezone.now())
        return f"{user} can no longer sign in."

    return _change(request, pk, change)


@roles("admin")
@require_POST
def user_reactivate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lets a user in again."""

    def change(user: User) -> str:
        services.user_reactivate(user=user, by=signed_in(request), now=timezone.now())
        return f"{user} may sign in again. They need a new sign-in link for it."

    return _change(request, pk, change)


@roles("admin")
@require_POST
def user_link(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Makes a new sign-in link and shows it, this once."""
    user = get_object_or_404(User, pk=pk)
    try:
        return _show_link(request, user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("user", pk=pk)


def _change(request: HttpRequest, pk: UUID, change: Callable[[User], str]) -> HttpResponse:
    try:
        messages.success(request, change(get_object_or_404(User, pk=pk)))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    # Who has just taken their own right to this page away goes to the start.
    myself = User.objects.get(pk=signed_in(request).pk)
    still_here = myself.has_role(Role.ADMIN)
    return redirect("user", pk=pk) if still_here else redirect("home")


def _show_link(request: HttpRequest, user: User) -> HttpResponse:
    """Shown in the answer itself: a redirect would have to keep the secret somewhere."""
    now = timezone.now()
    link = services.sign_in_link_issue(user=user, by=signed_in(request), now=now)
    until = now + settings.SIGN_IN_LINK_AGE
    context = {"person": user, "link": link, "until": until, "section": "users"}
    return render(request, "accounts/users/link.html", context)
