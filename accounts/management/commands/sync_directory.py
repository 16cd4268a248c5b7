"""Read the people from Microsoft Entra now, and bring the directory in line with them."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.entra.config import connected
from accounts.entra.directory.models import EntraReading
from accounts.entra.errors import EntraError, NotConnected, Throttled, Unreachable
from accounts.imports.microsoft import Sync, directory_sync
from ledger.commands import JsonCommand, Refusal

_COUNTS = ("new", "changed", "unchanged", "leavers", "missing", "errors")
_WORDS = {
    "up_to_date": "The directory is up to date.",
    "applied": "Applied: {new:,} new, {changed:,} changed, {left:,} left, {errors:,} errors.",
}


class Command(JsonCommand):
    """Read, preview, apply; waits when Microsoft asks for patience."""

    help = "Read the people from Microsoft Entra now."

    def arguments(self, parser: CommandParser) -> None:
        """How far it may go by itself."""
        parser.add_argument(
            "--confirm",
            action="store_true",
            help="yes, also the first time, and when many people would leave",
        )
        parser.add_argument(
            "--patience",
            type=int,
            default=600,
            metavar="SECONDS",
            help="wait so long in all when Microsoft asks for it (600)",
        )

    def run(self, **options: Any) -> Mapping[str, object]:
        """Raises Refusal when it is held for a yes, or not read to the end."""
        if not connected():
            raise Refusal(str(NotConnected()))
        done = _synced(confirm=options["confirm"], patience=options["patience"])
        result = _result(done)
        if done.state == "held":
            hint = "Apply it on the page Imports, or run this again with --confirm."
            raise Refusal(done.reason, hint, result=result)
        return result

    def sentence(self, result: Mapping[str, Any]) -> str:
        """What became of it."""
        return _WORDS[result["state"]].format(**result)


def _synced(*, confirm: bool, patience: int) -> Sync:
    while True:
        now = timezone.now()
        try:
            return directory_sync(actor="command", user=None, confirm=confirm, now=now)
        except (Throttled, Unreachable) as error:
            wait = _wait(now)
            patience -= wait
            if patience < 0:
                raise Refusal(str(error)) from error
            time.sleep(wait)
        except EntraError as error:
            raise Refusal(str(error)) from error


def _wait(now: datetime) -> int:
    """Seconds until the reading may go on."""
    at = EntraReading.objects.here().next_at
    return int((at - now).total_seconds()) + 1


def _result(done: Sync) -> dict[str, object]:
    run = done.run
    counts = {name: getattr(run, name) if run else 0 for name in _COUNTS}
    left = run.all_leavers if run else 0
    return {"state": done.state, "import": str(run.id) if run else None, **counts, "left": left}
