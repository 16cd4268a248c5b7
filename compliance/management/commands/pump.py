"""`manage.py pump`: hand over what is due, in the foreground, without a broker."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.campaigns.models import Campaign
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump, utc_now
from compliance.reminders.seal import outcomes_seal
from ledger.commands import JsonCommand, Refusal

# As for EMAIL_CONNECTIONS in the settings.
MOST = 32


class Command(JsonCommand):
    help = (
        "Plan the mails that are due, hand them to the mail server, and seal what became of them. "
        "Exit 1 when nothing could be sent, or the mail server gave up half-way."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-idle",
            action="store_true",
            help="also wait for the sending rate and for what other runs have claimed",
        )
        parser.add_argument(
            "--connections",
            type=int,
            metavar="N",
            help="so many connections to the mail server at once (default: EMAIL_CONNECTIONS)",
        )
        parser.add_argument("--campaign", type=int, metavar="ID", help="this campaign only")

    def run(self, **options: Any) -> Mapping[str, object]:
        campaign = _campaign_id(options["campaign"])
        connections = _connections(options["connections"])
        reminders_plan(now=timezone.now(), campaign_id=campaign)
        try:
            report = pump(
                clock=utc_now,
                campaign_id=campaign,
                until_idle=options["until_idle"],
                lines=connections,
            )
        finally:
            outcomes_seal(now=timezone.now())
        if report.stopped:
            raise Refusal(report.stopped, result=report.numbers())
        return report.numbers()

    def sentence(self, result: Mapping[str, Any]) -> str:
        return (
            "{accepted} mails accepted, {deferred} put off, {rejected} refused, {uncertain} "
            "uncertain, {cancelled} cancelled; {pending} waiting.".format(**result)
        )


def _connections(wanted: int | None) -> int | None:
    if wanted is not None and not 1 <= wanted <= MOST:
        raise Refusal(f"--connections must be a number from 1 to {MOST}, not {wanted}.")
    return wanted


def _campaign_id(wanted: int | None) -> int | None:
    if wanted is not None and not Campaign.objects.filter(pk=wanted).exists():
        known = Campaign.objects.order_by("-pk").values_list("pk", "name")[:5]
        names = ", ".join(f"{pk} ({name})" for pk, name in known) or "none yet"
        raise Refusal(f"There is no campaign {wanted}. The latest are: {names}.")
    return wanted
