"""`manage.py release_sending`: let mails leave again, from the command line."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from compliance.reminders.instance import hold_reason, sending_release
from ledger.commands import JsonCommand


class Command(JsonCommand):
    help = (
        "Let mails leave again after a stop, a restore, a move or a copy. Before you release a "
        "copy, see to it that the other installation is stopped. Exit 1 when nothing is held."
    )

    def run(self, **_options: Any) -> Mapping[str, object]:
        held = hold_reason()
        sending_release(user=None, now=timezone.now())
        return {"released": held}

    def sentence(self, result: Mapping[str, Any]) -> str:
        return f"Released: mails leave again. It was held because: {result['released']}"
