"""`manage.py export_audit`: the evidence of a campaign, into a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.campaigns.models import Campaign
from ledger.commands import JsonCommand, Refusal
from reports.datasets.options import Edition
from reports.delivery import export_deliver, folder_prepare
from reports.models import ExportKind
from reports.services import export_now, options_wanted


class Command(JsonCommand):
    help = "Make the evidence bundle of a campaign in the foreground, and put it into a folder."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--campaign", type=int, required=True, metavar="ID")
        parser.add_argument(
            "--as-of", type=int, metavar="SEQ", help="ledger position; default: now"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--kind",
            choices=ExportKind.values,
            default=ExportKind.BUNDLE.value,
            help="the bundle, a part of it alone, or the key of pseudonyms; default: bundle",
        )
        parser.add_argument(
            "--edition",
            choices=[edition.value for edition in Edition],
            default=Edition.FULL.value,
            help="with names, or without; default: full",
        )
        parser.add_argument("--sample", type=int, metavar="N", help="assignments in the sample")
        parser.add_argument("--seed", default="", metavar="S", help="the seed that draws it")

    def run(self, **options: Any) -> Mapping[str, object]:
        campaign = _campaign(options["campaign"])
        wanted = options_wanted(
            edition=options["edition"],
            sample_size=options["sample"],
            sample_seed=options["seed"],
        )
        folder_prepare(options["out"])
        export = export_now(
            campaign=campaign,
            clock=timezone.now,
            as_of=options["as_of"],
            kind=options["kind"],
            options=wanted,
        )
        path = export_deliver(export=export, folder=options["out"])
        return {
            "path": str(path),
            "kind": export.kind,
            "sha256": export.sha256,
            "rows": export.rows,
            "seq": export.seq,
        }

    def sentence(self, result: Mapping[str, Any]) -> str:
        people = result["rows"].get("Population", result["rows"].get("Key"))
        return (
            f"{result['path']}: {people} people as of ledger position {result['seq']},"
            f" SHA-256 {result['sha256']}."
        )


def _campaign(number: int) -> Campaign:
    campaign = Campaign.objects.select_related("guide_version__guide").filter(pk=number).first()
    if campaign:
        return campaign
    known = ", ".join(f"{row.pk} “{row}”" for row in Campaign.objects.all()[:10]) or "none"
    raise Refusal(f"There is no campaign {number}. The latest are: {known}.")
