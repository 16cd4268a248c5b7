"""What every command shares: `--json`, and exit codes 0 done, 1 refused, 2 wrong use."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

REFUSED = 1
WRONG_USE = 2


class Refusal(Exception):  # noqa: N818 - a refusal is an answer to the caller, not an error of ours
    """A service's "no", with every reason in words and, where there is one, a partial result."""

    def __init__(self, *reasons: str, result: Mapping[str, object] | None = None) -> None:
        super().__init__("\n".join(reasons))
        self.reasons: Sequence[str] = reasons
        self.result = result or {}


class JsonCommand(BaseCommand):
    """A command that returns one result: as a sentence for people, as one JSON object for programs.

    Subclasses implement `arguments` (argparse), `run` (thin: calls a service and returns a mapping;
    a service's Refusal becomes exit 1) and `sentence` (the result in words).
    """

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The command's own arguments, and `--json`."""
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object, nothing else"
        )
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """Add the command's own arguments."""

    def run(self, **options: Any) -> Mapping[str, object]:
        """Do the work and return the result. Raises Refusal."""
        raise NotImplementedError

    def sentence(self, result: Mapping[str, Any]) -> str:
        """The result in words."""
        raise NotImplementedError

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run and print; a refusal is printed the same way and ends with exit code 1."""
        try:
            result = self.run(**options)
        except Refusal as refusal:
            if options["json"]:
                self._print_json({**refusal.result, "refused": list(refusal.reasons)})
            raise CommandError("\n".join(refusal.reasons), returncode=REFUSED) from refusal
        if options["json"]:
            self._print_json(result)
        else:
            self.stdout.write(self.sentence(result))

    def _print_json(self, result: Mapping[str, object]) -> None:
        self.stdout.write(json.dumps(result, ensure_ascii=False))


def wrong_use(message: str) -> CommandError:
    """The error for arguments that cannot be meant: exit code 2."""
    return CommandError(message, returncode=WRONG_USE)
