"""Makes the sample company, out of the commands that a real company uses."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from ledger.commands import Refusal

OFFICER = "alice@example.com"
GUIDE = "linkedin-ai-training"
CAMPAIGN = "LinkedIn: training of AI with personal data"
WEEKS = 3


def sample_demo_prepare(*, today: date) -> dict[str, object]:
    """The sample company with its own officer; what an interrupted call has made is left as it is.

    Returns what was made now and a sign-in link. Raises Refusal when the directory holds somebody
    else's people, and CommandError when one of the commands refuses.
    """
    if not directory_empty() and not _any("accounts", "User", email=OFFICER):
        raise Refusal(
            "This data directory holds people who are not the sample company's. "
            "Use `make run` for it, or give the sample company a folder of its own: "
            "OPTRAIL_DATA_DIR=var-demo make demo"
        )
    officer = answer_of("create_user", OFFICER, "--role", "officer")
    made = sample_company_make(today=today)
    return {**made, "officer": OFFICER, "sign_in_url": officer["sign_in_url"]}


def sample_company_make(*, today: date) -> dict[str, int]:
    """Imports the sample people unless there are people, launches unless there is a campaign.

    Returns how many people were imported and how many mails are owed now. Raises CommandError.
    """
    people = invitations = 0
    if directory_empty():
        people = answer_of("import_employees", str(sample_people()))["new"]
    if not _any("compliance", "Campaign"):
        invitations = _campaign_launch(today)["messages"]
    return {"people": people, "invitations": invitations}


def directory_empty() -> bool:
    """Whether nobody has been imported yet."""
    return not _any("accounts", "Employee")


def sample_people() -> Path:
    """The file with the sample company's people."""
    return Path(settings.BASE_DIR) / "samples" / "people.csv"


def answer_of(command: str, *arguments: str) -> dict[str, Any]:
    """Runs one of the stable commands and returns its JSON. Raises CommandError."""
    printed = StringIO()
    call_command(command, *arguments, "--json", stdout=printed)
    answer: dict[str, Any] = json.loads(printed.getvalue())
    return answer


def _campaign_launch(today: date) -> dict[str, Any]:
    due = today + timedelta(weeks=WEEKS)
    what = ["--guide", GUIDE, "--name", CAMPAIGN, "--due", due.isoformat(), "--send-now"]
    sender = ["--sender-name", "Nordwind privacy team", "--reply-to", OFFICER]
    return answer_of("launch_campaign", *what, *sender)


def _any(app: str, model: str, **conditions: str) -> bool:
    return bool(apps.get_model(app, model)._default_manager.filter(**conditions).exists())
