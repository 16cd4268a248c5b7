"""What the commands `up` and `demo` share: their options, their voice, their refusals."""

import os
from contextlib import suppress
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.up.lock import AlreadyRunningError
from config.up.plan import Plan
from config.up.ports import PortTakenError
from config.up.processes import die_with
from config.up.run import run
from config.up.supervisor import StartFailedError, Supervisor
from config.up.valkey import NoValkeyError


class RunCommand(BaseCommand):
    """A command that runs every program of Optrail until it is ended."""

    requires_system_checks: list[str] = []  # the migrate that it runs has them

    def add_arguments(self, parser: CommandParser) -> None:
        """The port, and whether the caller's end is ours."""
        parser.add_argument("--port", type=int, help="exactly this port for the web pages")
        parser.add_argument(
            "--with-parent", action="store_true", help="end when the calling program ends"
        )

    def handle(self, *, port: int | None, with_parent: bool, **_options: Any) -> None:
        """Runs until Ctrl-C, SIGTERM or a closed terminal; exit code 1 tells why it cannot."""
        if with_parent:
            die_with(os.getppid())
        try:
            run(
                data_dir=settings.DATA_DIR,
                folder=settings.BASE_DIR,
                make_plan=partial(Plan, settings.DATA_DIR, port=port),
                say=self.say,
                prepare=self.prepare,
            )
        except (AlreadyRunningError, NoValkeyError, PortTakenError, StartFailedError) as refusal:
            raise CommandError(str(refusal)) from refusal

    def prepare(self, _supervisor: Supervisor, _plan: Plan) -> list[str]:
        """Called when everything runs; returns the closing lines."""
        raise NotImplementedError

    def say(self, line: str) -> None:
        """Prints a line at once; a terminal that has gone away stops nothing."""
        with suppress(OSError, ValueError):
            self.stdout.write(line)
            self.stdout.flush()
