"""Runs everything on this machine with a sample company in it."""

from config.up.command import RunCommand
from config.up.demo import demo_prepare
from config.up.plan import Plan
from config.up.supervisor import Supervisor


class Command(RunCommand):
    """`manage.py demo [--port PORT]`."""

    help = "Run Optrail on this machine with a sample company whose first campaign is launched."

    def prepare(self, supervisor: Supervisor, plan: Plan) -> list[str]:
        """Fills the empty directory, launches, waits for the mails."""
        return demo_prepare(supervisor, plan, say=self.say)
