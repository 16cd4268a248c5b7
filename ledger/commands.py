"""What every command shares: `--json`, and exit codes 0 done, 1 refused, 2 wrong use."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from ledger.refusals import Refusal
from ledger.restored import refuse_restored

__all__ = ["JsonCommand", "Refusal", "wrong_use"]

REFUSED = 1
WRONG_USE = 2


class JsonCommand(BaseCommand):
    """A command that returns one result: as a sentence for people, as one JSON object for programs.

    Subclasses implement `arguments` (argparse), `run` (thin: calls a service and returns a mapping;
    a service's Refusal becomes exit 1) and `sentence` (the result in words).
    """

    requires_system_checks = ()
    # What only reads, and what mends, runs on a restored ledger as well.
    guarded = True

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
            result = self._run(**options)
        except Refusal as refusal:
            if options["json"]:
                self._print_json({**refusal.result, "refused": list(refusal.reasons)})
            raise CommandError("\n".join(refusal.reasons), returncode=REFUSED) from refusal
        if options["json"]:
            self._print_json(result)
        else:
            self.stdout.write(self.sentence(result))

    def _run(self, **options: Any) -> Mapping[str, object]:
        try:
            if self.guarded:
                refuse_restored()
            return self.run(**options)
        except DatabaseError as error:
            _refuse_unusable_database(error)
            raise

    def _print_json(self, result: Mapping[str, object]) -> None:
        self.stdout.write(json.dumps(result, ensure_ascii=False))


def _refuse_unusable_database(error: DatabaseError) -> None:
    """Raises Refusal when the database cannot be reached, or waits for a migration."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        raise Refusal(
            "The database cannot be reached. Check DATABASE_URL, and that the server runs: "
            + str(error).partition("\n")[0]
        ) from error
    if missing:
        raise Refusal(
            "The database is not set up yet, or is older than this program. Check DATABASE_URL, "
            "then run: manage.py migrate"
        ) from error


def wrong_use(message: str) -> CommandError:
    """The error for arguments that cannot be meant: exit code 2."""
    return CommandError(message, returncode=WRONG_USE)
