"""`manage.py simulate_campaign CAMPAIGN`: what will go out when, were nobody to answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.launch.simulating import campaign_simulated, person_simulated
from ledger.commands import JsonCommand


class Command(JsonCommand):
    help = "Say what a campaign will send, day by day, or what one person will get; sends nothing."

    def arguments(self, parser: CommandParser) -> None:
        """The campaign, and whom to look at."""
        parser.add_argument("campaign", type=int, help="the number in the address of its page")
        parser.add_argument("--email", metavar="ADDRESS", help="only this person's mails")

    def run(self, **options: Any) -> Mapping[str, object]:
        """The simulation as JSON can say it."""
        number, now = options["campaign"], timezone.now()
        if options["email"]:
            return person_simulated(number, options["email"], now=now)
        return campaign_simulated(number, now=now)

    def sentence(self, result: Mapping[str, Any]) -> str:
        """One line a mail of a person, or a day of the campaign."""
        lines = _person_lines(result) if "email" in result else _day_lines(result)
        return "\n".join([*lines, *([result["standstill"]] if result["standstill"] else [])])


def _person_lines(result: Mapping[str, Any]) -> list[str]:
    mails = [f"{mail['day']}  {mail['name']}, {mail['window']}" for mail in result["mails"]]
    return mails or [f"No mail of this campaign is to come for {result['email']}."]


def _day_lines(result: Mapping[str, Any]) -> list[str]:
    days = [
        f"{day['day']}  invitations {day['invitations']:>9,}  reminders {day['reminders']:>9,}"
        for day in result["days"]
    ]
    return [*days, _total(result)]


def _total(result: Mapping[str, Any]) -> str:
    if not result["mails"]:
        return "No mails: nobody is waiting for one."
    ends = {"invitation": result["invited_at"], "mail": result["finished_at"]}
    said = [f"the last {what} is out by {_local(end)}" for what, end in ends.items() if end]
    return f"At most {result['mails']:,} mails, were nobody to answer; {', '.join(said)}."


def _local(moment: str) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(moment)):%Y-%m-%d %H:%M}"
