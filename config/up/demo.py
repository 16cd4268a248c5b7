"""What `manage.py demo` adds to `manage.py up`: a sample company, shown when its mails are out."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from config.up import parts
from config.up.plan import Plan
from config.up.supervisor import Supervisor

PATIENCE_SECONDS = 90.0
Say = Callable[[str], None]


def demo_prepare(supervisor: Supervisor, plan: Plan, *, say: Say) -> list[str]:
    """Prepares the sample company, waits for its mails; returns the three closing lines."""
    before = mails_in(plan.mail_folder)
    sample = json.loads(supervisor.run_once(parts.command("sample_company", "--json")))
    say(what_was_made(**sample))
    if plan.mail_folder and sample["invitations"]:
        awaited = before + sample["invitations"]
        wait_for_mails(supervisor, plan.mail_folder, at_least=awaited, say=say)
    return [
        f"Optrail:  {plan.address}/",
        f"Sign in:  {sample['sign_in_url']}",
        f"Mails:    {where_mails_are(plan)}",
    ]


def what_was_made(*, people: int, invitations: int, **_rest: str) -> str:
    """What the sample company has gained, in words."""
    if not people and not invitations:
        return "the sample company is as you left it"
    return f"{people} people are imported, {invitations} invitations on their way"


def wait_for_mails(supervisor: Supervisor, folder: Path, *, at_least: int, say: Say) -> None:
    """Watches the mails come in, and the programs meanwhile; goes on without them after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    supervisor.watch(until=lambda: mails_in(folder) >= at_least or time.monotonic() > deadline)
    say(f"{mails_in(folder)} of {at_least} mails are in the catcher")


def mails_in(folder: Path | None) -> int:
    """How many mails have been caught."""
    return sum(1 for _ in folder.glob("*.eml")) if folder else 0


def where_mails_are(plan: Plan) -> str:
    """Where to read the mails that Optrail sends."""
    if not plan.mail_folder:
        return "go out through the mail server in EMAIL_URL"
    return f"{plan.address}/dev/mail/ (as files: {plan.mail_folder})"
