"""The forms of sign-in and of the page Users."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm

from accounts.signin.models import Role, User


class SignInForm(forms.Form):
    """Address and password."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    # No limit but one against floods: hashing a text of megabytes would keep us busy.
    password = forms.CharField(
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PersonForm(forms.Form):
    """Who somebody is."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class RoleForm(forms.Form):
    """What somebody may do."""

    role = forms.ChoiceField(
        choices=[
            (Role.OFFICER, "Privacy officer: people, campaigns, exports"),
            (Role.AUDITOR, "Auditor: reads and exports, changes nothing"),
            (Role.ADMIN, "Administrator: what an officer does, and users"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what this person may do."},
    )


class NewUserForm(PersonForm, RoleForm):
    """A new user."""

    field_order = ("email", "name", "role")


class PasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """A new password, after the old one unless there is none or a link has just shown who it is."""

    old_password = forms.CharField(
        strip=False,
        max_length=1000,
        label="Password until now",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old_password", "new_password1", "new_password2")

    def __init__(self, user: User, data: Any = None, *, ask_old: bool) -> None:
        super().__init__(user, data)
        self.fields["new_password1"].help_text = (
            "At least 12 characters; no common password, not digits alone, "
            "nothing like your name or address."
        )
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""
        if not ask_old:
            del self.fields["old_password"]

    def clean_old_password(self) -> str:
        """Refuses a password that is not theirs."""
        password: str = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("That is not your password.")
        return password
