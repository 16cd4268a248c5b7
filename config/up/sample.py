"""The sample company: people, an officer, a campaign that has just been launched."""

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


def sample_company_prepare(*, today: date) -> dict[str, object]:
    """Makes what is not there yet; returns what was made now and the officer's sign-in link.

    Can be called again after an interrupted call. Raises Refusal when the directory holds somebody
    else's people, and CommandError when one of the commands refuses.
    """
    _refuse_foreign_people()
    officer = answer_of("create_user", OFFICER, "--role", "officer")
    people = invitations = 0
    if not _any("accounts", "Employee"):
        people = answer_of("import_employees", str(sample_people()))["new"]
    if not _any("compliance", "Campaign"):
        invitations = _campaign_launch(today)["messages"]
    made = {"people": people, "invitations": invitations}
    return {**made, "officer": OFFICER, "sign_in_url": officer["sign_in_url"]}


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
    arguments = ["--guide", GUIDE, "--name", CAMPAIGN, "--due", due.isoformat(), "--send-now"]
    return answer_of("launch_campaign", *arguments)


def _refuse_foreign_people() -> None:
    if _any("accounts", "Employee") and not _any("accounts", "User", email=OFFICER):
        raise Refusal(
            "This data directory holds people who are not the sample company's. "
            "Use `make run` for it, or give the sample company a folder of its own: "
            "OPTRAIL_DATA_DIR=var-demo make demo"
        )


def _any(app: str, model: str, **conditions: str) -> bool:
    return bool(apps.get_model(app, model)._default_manager.filter(**conditions).exists())
