"""Creates a user, or gives an existing one a new sign-in link."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.signin.models import Role, User
from accounts.signin.services import sign_in_link_issue, user_create
from ledger.commands import JsonCommand, Refusal


class Command(JsonCommand):
    """`manage.py create_user EMAIL --role ROLE [--json]` → `{"user", "sign_in_url"}`."""

    help = "Create a user, or give the one with this address and role a new sign-in link."

    def arguments(self, parser: ArgumentParser) -> None:
        """The address and the role."""
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--role", required=True, choices=Role.values)

    def run(self, **options: Any) -> Mapping[str, object]:
        """The user's id and a link that signs them in once. Raises Refusal."""
        email, role, now = options["email"], options["role"], timezone.now()
        known = User.objects.filter(email=email.strip().lower()).first()
        if known and known.role != role:
            raise Refusal(
                f"{known.email} is a user already, as {known.role}. An administrator changes roles "
                f"on the page Users; for a new sign-in link give --role {known.role}."
            )
        user = known or user_create(email=email, role=role, by=None, now=now)
        link = sign_in_link_issue(user=user, by=None, now=now)
        return {"user": str(user.pk), "sign_in_url": link}

    def sentence(self, result: Mapping[str, Any]) -> str:
        """The link, and how long it is good for."""
        return f"Sign in once, within a day: {result['sign_in_url']}"
