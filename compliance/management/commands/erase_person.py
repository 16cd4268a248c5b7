"""`manage.py erase_person`: one person, on request, from the command line."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.directory.models import Employee
from compliance.retention.models import ASKED_FOR, Reason
from compliance.retention.services import employee_erase
from ledger.commands import JsonCommand, Refusal, wrong_use


class Command(JsonCommand):
    help = "Erase one person for good: directory, campaigns, mails, imports. It cannot be undone."

    def arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--email", metavar="ADDRESS")
        who.add_argument("--employee", metavar="ID", help="the id in the address of their page")
        parser.add_argument("--reason", required=True, choices=[code for code, _ in ASKED_FOR])
        parser.add_argument("--yes", action="store_true", help="really do it")

    def run(self, **options: Any) -> Mapping[str, object]:
        if not options["yes"]:
            raise wrong_use("Erasing cannot be undone. Add --yes to do it.")
        erasure = employee_erase(
            employee=_employee(options["email"], options["employee"]),
            user=None,
            reason=Reason(options["reason"]),
            now=timezone.now(),
        )
        return {"number": erasure.first, "seq": erasure.seq, "certificate": str(erasure.run)}

    def sentence(self, result: Mapping[str, Any]) -> str:
        return (
            f"Erased: “erased person {result['number']}” now, ledger no. {result['seq']}. "
            f"Certificate: /retention/{result['certificate']}/"
        )


def _employee(email: str | None, key: str | None) -> Employee:
    people = Employee.objects.all()
    own = people.filter(pk=_key(key)) if key else people.filter(email=(email or "").strip().lower())
    found = own.first()
    if found is None:
        raise Refusal("There is no such person in the directory.")
    return found


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise wrong_use(
            f"--employee must be an id like {uuid.UUID(int=7)}, not {text!r}."
        ) from error
