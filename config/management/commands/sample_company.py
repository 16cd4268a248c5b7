"""Fills an empty installation with the sample company and launches its first campaign."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from config.sample.services import sample_demo_prepare
from ledger.commands import JsonCommand


class Command(JsonCommand):
    """`manage.py sample_company [--json]`; what is already there is left as it is."""

    help = "Fill an empty installation with the sample company and launch its first campaign."

    def run(self, **_options: Any) -> Mapping[str, object]:
        """What was made now, and the officer's sign-in link."""
        return sample_demo_prepare(today=timezone.localdate())

    def sentence(self, result: Mapping[str, Any]) -> str:
        """The result in words."""
        return (
            f"{result['people']} people imported, "
            f"{result['invitations']} invitations on their way. "
            f"Sign in as {result['officer']}: {result['sign_in_url']}"
        )
