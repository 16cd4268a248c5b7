"""`manage.py record_leave`: somebody is away, from the command line."""

from collections.abc import Mapping
from datetime import date
from operator import itemgetter
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.directory.models import Employee
from compliance.reminders.leave_services import leave_record
from ledger.commands import JsonCommand, Refusal, wrong_use


class Command(JsonCommand):
    help = "Record that somebody is on leave: no mails meanwhile, and more time to answer."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, metavar="ADDRESS")
        parser.add_argument("--from", required=True, dest="starts_on", metavar="DATE")
        parser.add_argument("--to", required=True, dest="ends_on", metavar="DATE")

    def run(self, **options: Any) -> Mapping[str, object]:
        recorded = leave_record(
            employee=_employee(options["email"]),
            starts_on=_day("--from", options["starts_on"]),
            ends_on=_day("--to", options["ends_on"]),
            user=None,
            now=timezone.now(),
        )
        return {
            "leave": recorded.leave.pk,
            "due": {str(move.assignment_id): move.after.isoformat() for move in recorded.moves},
            "campaigns": {
                str(move.assignment_id): move.assignment.campaign.name for move in recorded.moves
            },
        }

    def sentence(self, result: Mapping[str, Any]) -> str:
        if not result["due"]:
            return "Recorded. No due date moves."
        campaigns: dict[str, list[str]] = {}
        for assignment, day in sorted(result["due"].items(), key=itemgetter(1)):
            campaigns.setdefault(day, []).append(f"“{result['campaigns'][assignment]}”")
        days = [f"{day} in {', '.join(sorted(names))}" for day, names in campaigns.items()]
        return f"Recorded. Now asked to answer by {'; by '.join(days)}."


def _employee(email: str) -> Employee:
    found = Employee.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise Refusal("Nobody in the directory has this address.")
    return found


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise wrong_use(f"{option} must be a day like 2026-12-11, not {text!r}.") from error
