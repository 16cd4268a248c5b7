"""Runs everything on this machine: pages, worker, beat, broker, mail catcher."""

from config.up.command import RunCommand
from config.up.demo import where_mails_are
from config.up.plan import Plan
from config.up.supervisor import Supervisor


class Command(RunCommand):
    """`manage.py up [--port PORT]`."""

    help = "Run Optrail on this machine: pages, worker, clock, broker and mail catcher."

    def prepare(self, _supervisor: Supervisor, plan: Plan) -> list[str]:
        """Nothing to prepare: the first page leads on."""
        return [f"Optrail:  {plan.address}/", f"Mails:    {where_mails_are(plan)}"]
