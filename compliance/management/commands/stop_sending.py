"""`manage.py stop_sending`: the panic stop, from the command line."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.reminders.instance import hold_reason, sending_stop
from ledger.commands import JsonCommand


class Command(JsonCommand):
    help = "Stop all mail of all campaigns, until somebody releases it."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="shown on the page Sending")

    def run(self, **options: Any) -> Mapping[str, object]:
        sending_stop(user=None, reason=options["reason"], now=timezone.now())
        return {"held": hold_reason()}

    def sentence(self, result: Mapping[str, Any]) -> str:
        return f"{result['held']} Release it with: manage.py release_sending"
