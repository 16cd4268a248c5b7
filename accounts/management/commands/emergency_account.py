"""Makes the emergency account, or seals it anew with another password."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.signin.emergency import emergency_account_seal
from ledger.commands import JsonCommand


class Command(JsonCommand):
    """`manage.py emergency_account [--json]` → `{"email", "password"}`."""

    help = "Make the emergency account, or give it a new password; prints it this once."

    def run(self, **_options: Any) -> Mapping[str, object]:
        """Its address and its new password."""
        user, password = emergency_account_seal(now=timezone.now())
        return {"email": user.email, "password": password}

    def sentence(self, result: Mapping[str, Any]) -> str:
        """Both, and what to do with them."""
        return (
            f"Address:  {result['email']}\nPassword: {result['password']}\n"
            "Shown this once. Put it into a sealed envelope in a safe; every use of it is mailed "
            "to all administrators. The password before no longer works."
        )
