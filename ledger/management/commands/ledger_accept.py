"""`manage.py ledger_accept`: go on with a restored ledger, and say so in it."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from ledger.commands import JsonCommand
from ledger.restored import ledger_accept


class Command(JsonCommand):
    help = "Go on with this ledger although a later one was published; the reason is kept."
    guarded = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="why what is missing is lost for good")

    def run(self, **options: Any) -> Mapping[str, object]:
        row = ledger_accept(reason=options["reason"], now=timezone.now())
        return {"seq": row.seq, "published": row.size}

    def sentence(self, result: Mapping[str, Any]) -> str:
        return (
            f"Accepted as event {result['seq']}: the checkpoint over {result['published']} events"
            " is not continued. Mails stay held until an officer releases them."
        )
