"""Look once at the watched folder."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.imports.folder import folder_look
from ledger.commands import JsonCommand, Refusal

_OUTCOMES = ("done", "held", "refused", "waiting")


class Command(JsonCommand):
    """What the worker does every minute; refused when a file was, or waits for a yes."""

    help = "Import the newest whole file of IMPORT_FOLDER, and put away what is done with."

    def run(self, **_options: Any) -> Mapping[str, object]:
        """Look, and say what became of which file."""
        look = folder_look(clock=timezone.now)
        result = {name: look.counts[name] for name in _OUTCOMES}
        if look.reasons:
            raise Refusal(*look.reasons, result=result)
        return result

    def sentence(self, result: Mapping[str, Any]) -> str:
        """Counts in one line."""
        return ", ".join(f"{result[name]} {name}" for name in _OUTCOMES) + "."
