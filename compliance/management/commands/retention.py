"""`manage.py retention`: what would go, or one run now instead of within the hour."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.retention.due import campaigns_due, leavers_due
from compliance.retention.running import retention_run
from ledger.commands import JsonCommand


class Command(JsonCommand):
    help = "Show whose retention is over (--preview), or erase them now (--run)."

    def arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--preview", action="store_true", help="change nothing")
        what.add_argument("--run", action="store_true", help="erase what is due")

    def run(self, **options: Any) -> Mapping[str, object]:
        return _preview() if options["preview"] else _run()

    def sentence(self, result: Mapping[str, Any]) -> str:
        if "due" in result:
            return "\n".join([*map(_line, result["due"]), _leavers(result["leavers"])])
        campaigns = result["campaigns"]
        people = f"{sum(campaigns.values())} people in {len(campaigns)} campaigns"
        done = f"{people}, {result['leavers']} leavers"
        pages = [f"Certificate: /retention/{run}/" for run in result["certificates"]]
        return "\n".join([f"Erased: {done}.", *pages, *filter(None, [result["waiting"]])])


def _preview() -> dict[str, object]:
    now = timezone.now()
    due = [one.as_dict() for one in campaigns_due(now=now)]
    return {"due": due, "leavers": leavers_due(now=now).count()}


def _run() -> dict[str, object]:
    ran = retention_run(clock=timezone.now)
    return {
        "campaigns": {str(pk): people for pk, people in ran.campaigns.items()},
        "leavers": ran.leavers,
        "certificates": [str(run) for run in ran.certificates],
        "waiting": ran.waiting,
    }


def _line(due: Mapping[str, Any]) -> str:
    hold = f", under legal hold up to {due['legal_hold_until']}" if due["legal_hold_until"] else ""
    return (
        f"Campaign {due['campaign']}: {due['people']} people, due on {due['due_on']}{hold}; "
        f"the next run erases {due['erased_by_next_run']}."
    )


def _leavers(people: int) -> str:
    return f"{people} people who left long ago go from the directory with the next run."
