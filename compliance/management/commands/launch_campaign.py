"""`manage.py launch_campaign`: ask people about one setting, from the command line."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.campaigns.models import Assurance, Campaign, LegalBasis
from compliance.campaigns.obstacles import LAST_YEAR
from compliance.campaigns.policy import Policy, PolicyError
from compliance.launch.naming import audience_named, guide_named
from compliance.launch.services import campaign_announce
from ledger.commands import JsonCommand, wrong_use

ANSWERS_TAKEN_AFTER_DUE = timedelta(days=14)


class Command(JsonCommand):
    help = "Create and launch a campaign: freeze the audience and owe the invitations."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--guide", required=True, metavar="SLUG")
        parser.add_argument("--name", required=True)
        parser.add_argument("--due", required=True, metavar="DATE", help="YYYY-MM-DD")
        parser.add_argument("--opens", metavar="DATE", help="default: today")
        parser.add_argument("--closes", metavar="DATE", help="default: 14 days after --due")
        parser.add_argument("--country", action="append", default=[], metavar="CC")
        parser.add_argument("--department", action="append", default=[], metavar="D")
        parser.add_argument("--employment-type", action="append", default=[], metavar="T")
        parser.add_argument(
            "--reminders",
            "--reminder-days",
            default="3, 7, 12",
            metavar="POLICY",
            help="such as '3, 7, due-2, due, every 5, at most 6', in working days; '' for none",
        )
        parser.add_argument("--language", default="", help="for people whose own the guide lacks")
        parser.add_argument("--sender-name", default="")
        parser.add_argument("--from-address", default="", metavar="ADDRESS")
        parser.add_argument("--reply-to", default="", metavar="ADDRESS")
        parser.add_argument(
            "--legal-basis", default=LegalBasis.LEGITIMATE_INTEREST, choices=LegalBasis.values
        )
        parser.add_argument("--legal-note", default="")
        parser.add_argument("--retention-months", type=int, default=36)
        parser.add_argument("--ask-everywhere", action="store_true")
        parser.add_argument("--send-now", action="store_true", help="whatever the hour or day")
        parser.add_argument(
            "--late-joiners", action="store_true", help="also ask whoever joins the audience later"
        )
        parser.add_argument(
            "--manager-summaries", action="store_true", help="weekly counts for managers of five"
        )
        parser.add_argument(
            "--assurance", default=Assurance.LINK, choices=Assurance.values, help="who answers"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def run(self, **options: Any) -> Mapping[str, object]:
        now = timezone.now()
        campaign = _campaign(options, timezone.localdate(now))
        return campaign_announce(campaign=campaign, dry_run=options["dry_run"], now=now)

    def sentence(self, result: Mapping[str, Any]) -> str:
        done = (
            f"Campaign {result['campaign']} runs" if result["campaign"] else "Nothing was written"
        )
        return (
            f"{done}: {result['in_scope']} people in scope, "
            f"{sum(result['excluded'].values())} excluded, {result['messages']} invitations."
        )


def _campaign(options: Mapping[str, Any], today: date) -> Campaign:
    due = _day(options, "due")
    return Campaign(
        name=options["name"].strip(),
        guide_version=guide_named(options["guide"]),
        language=options["language"],
        audience=_audience(options),
        ask_everywhere=options["ask_everywhere"],
        opens_on=_day(options, "opens") if options["opens"] else today,
        due_on=due,
        closes_on=_day(options, "closes") if options["closes"] else due + ANSWERS_TAKEN_AFTER_DUE,
        policy=_policy(options["reminders"]).to_json(),
        send_now=options["send_now"],
        late_joiners=options["late_joiners"],
        sender_name=options["sender_name"],
        from_address=options["from_address"],
        reply_to=options["reply_to"],
        manager_summaries=options["manager_summaries"],
        assurance=options["assurance"],
        legal_basis=options["legal_basis"],
        legal_note=options["legal_note"],
        retention_months=options["retention_months"],
    )


def _audience(options: Mapping[str, Any]) -> dict[str, list[str]]:
    return audience_named(
        countries=options["country"],
        departments=options["department"],
        employment_types=options["employment_type"],
    )


def _day(options: Mapping[str, Any], name: str) -> date:
    try:
        day = date.fromisoformat(options[name])
    except ValueError as error:
        message = f"--{name} must be a day like 2026-12-11, not {options[name]!r}."
        raise wrong_use(message) from error
    if day.year > LAST_YEAR:
        raise wrong_use(f"--{name} must be a day before {LAST_YEAR + 1}, not {options[name]!r}.")
    return day


def _policy(text: str) -> Policy:
    try:
        return Policy.from_text(text)
    except PolicyError as error:
        raise wrong_use(f"--reminders: {error}") from error
