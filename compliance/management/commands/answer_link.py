"""`manage.py answer_link ASSIGNMENT`: somebody's personal link, for administrators and tests."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.attestations.services import answer_link_show
from ledger.commands import JsonCommand


class Command(JsonCommand):
    help = "Show the personal link of one assignment; showing it is recorded in the ledger."

    def arguments(self, parser: CommandParser) -> None:
        """The assignment."""
        parser.add_argument(
            "assignment", type=UUID, help="the assignment's id, as its page shows it"
        )

    def run(self, **options: Any) -> Mapping[str, object]:
        """`{"url"}`."""
        return {"url": answer_link_show(assignment_id=options["assignment"], now=timezone.now())}

    def sentence(self, result: Mapping[str, Any]) -> str:
        """The link alone: it is there to be copied."""
        return str(result["url"])
